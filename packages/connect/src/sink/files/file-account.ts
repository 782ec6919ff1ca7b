import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SinkPartition } from '../sink.ts'

/** Digits of an offset in a name, so that names sort as offsets do. */
const OFFSET_DIGITS = 15
const LOG_CHARS = 8
const DRAFT = '.draft'

interface Written {
  /** The offset after the last row that has a file. */
  readonly next: number
  /** The last file, and where it lay before it had its name. */
  readonly file: string
  readonly draft: string
}

/**
 * Says which rows of a partition have a file. Publishing goes: draft written and flushed; account says `next` and both names; draft renamed.
 * A crash before the account leaves a draft that `open` removes; a crash after it leaves a renaming that `open` makes up for. So it does not matter whether finished files stay in the folder.
 */
export class FileAccount {
  readonly #folder: string
  readonly #stem: string
  #next: number

  private constructor(folder: string, stem: string, next: number) {
    this.#folder = folder
    this.#stem = stem
    this.#next = next
  }

  static async open(folder: string, of: SinkPartition & { readonly sink: string }): Promise<FileAccount> {
    const shortLog = createHash('sha256').update(of.log).digest('hex').slice(0, LOG_CHARS)
    const stem = `${of.sink}-${of.topic}-${shortLog}-${of.partition}`
    const written = await readWritten(join(folder, accountName(stem)))
    for (const draft of (await readdir(folder)).filter((name) => name.startsWith(`.${stem}-`) && name.endsWith(DRAFT))) {
      if (draft === written?.draft) await rename(join(folder, draft), join(folder, written.file))
      else await rm(join(folder, draft))
    }
    return new FileAccount(folder, stem, written?.next ?? 0)
  }

  get next(): number {
    return this.#next
  }

  /** Makes a file of the rows up to `next` appear, whole. */
  async publish(
    rows: { readonly from: number; readonly next: number; readonly extension: string },
    write: (path: string) => Promise<void>,
  ): Promise<void> {
    const file = `${this.#stem}-${padded(rows.from)}-${padded(rows.next)}.${rows.extension}`
    const written: Written = { next: rows.next, file, draft: `.${file}${DRAFT}` }
    const draft = join(this.#folder, written.draft)
    await write(draft)
    await flush(draft)
    await this.#save(written)
    await rename(draft, join(this.#folder, file))
    await flush(this.#folder)
    this.#next = rows.next
  }

  async #save(written: Written): Promise<void> {
    const path = join(this.#folder, accountName(this.#stem))
    const fresh = `${path}.fresh`
    const handle = await open(fresh, 'w')
    await closing(handle, async () => {
      await handle.writeFile(JSON.stringify(written))
      await handle.sync()
    })
    await rename(fresh, path)
    await flush(this.#folder)
  }
}

function accountName(stem: string): string {
  return `.${stem}.position.json`
}

function padded(offset: number): string {
  return String(offset).padStart(OFFSET_DIGITS, '0')
}

async function readWritten(path: string): Promise<Written | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Written
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function flush(path: string): Promise<void> {
  // Windows has no flushing of folders, and refuses it for files opened to read.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  await closing(handle, () => handle.sync())
}

async function closing(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await handle.close()
  }
}

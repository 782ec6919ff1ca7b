import { mkdir } from 'node:fs/promises'
import type { Batch } from '@millrace/columnar'
import { operatingError } from '@millrace/core'
import type { Sink, SinkPartition, SinkSpan } from '../sink.ts'
import { FileAccount } from './file-account.ts'
import type { FileFormat } from './file-format.ts'

export interface FilesSinkOptions {
  readonly name: string
  /** Folder of the files; made when missing. */
  readonly folder: string
  readonly format: FileFormat
  /** A file is closed with the batch that brings it to one of these. 100,000 rows, 64 MiB in memory, one minute when left out. */
  readonly rowsMax?: number
  readonly bytesMax?: number
  readonly everyMs?: number
}

const ROWS_MAX = 100_000
const BYTES_MAX = 64 * 1024 * 1024
const EVERY_MS = 60_000
const BYTES_PER_VALUE = 8

interface Pending {
  readonly at: SinkPartition
  readonly from: number
  readonly since: number
  readonly batches: Batch[]
  next: number
  rows: number
  bytes: number
}

/**
 * Writes files named `<sink>-<topic>-<log>-<partition>-<from>-<next>.<extension>`, each whole from the moment it has its name. After a crash the
 * rows that had no file yet come again; a file that was about to get its name gets it, also when the ones before it were taken away.
 *
 * @throws operating `sink/not-written`
 */
export class FilesSink implements Sink {
  readonly stableSpans = false
  readonly #options: FilesSinkOptions
  readonly #pending = new Map<string, Pending>()
  readonly #accounts = new Map<string, FileAccount>()

  constructor(options: FilesSinkOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#pending.clear()
    this.#accounts.clear()
    await this.#asking('make its folder', () => mkdir(this.#options.folder, { recursive: true }))
  }

  async write(batch: Batch, at: SinkSpan): Promise<void> {
    const { rowsMax = ROWS_MAX, bytesMax = BYTES_MAX } = this.#options
    const { log, topic, partition } = at
    const key = keyOf(at)
    const pending = this.#pending.get(key) ?? {
      at: { log, topic, partition },
      from: at.from,
      since: performance.now(),
      batches: [],
      next: at.next,
      rows: 0,
      bytes: 0,
    }
    this.#pending.set(key, pending)
    pending.batches.push(batch)
    pending.next = at.next
    pending.rows += batch.rows
    pending.bytes += bytesOf(batch)
    if (pending.rows >= rowsMax || pending.bytes >= bytesMax) await this.#roll(pending)
  }

  async settle(when: 'now' | 'if-due'): Promise<void> {
    const due = performance.now() - (this.#options.everyMs ?? EVERY_MS)
    for (const pending of [...this.#pending.values()]) if (when === 'now' || pending.since <= due) await this.#roll(pending)
  }

  async position(partition: SinkPartition): Promise<number | undefined> {
    return (await this.#account(partition)).next
  }

  async close(): Promise<void> {
    this.#pending.clear()
  }

  async #roll({ at, from, next, batches }: Pending): Promise<void> {
    const { format, folder } = this.#options
    const account = await this.#account(at)
    await this.#asking(`write a file to ${folder}`, () =>
      account.publish({ from, next, extension: format.extension }, (path) => format.write(path, batches)),
    )
    this.#pending.delete(keyOf(at))
  }

  async #account(partition: SinkPartition): Promise<FileAccount> {
    const key = keyOf(partition)
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = await this.#asking('read its position', () =>
      FileAccount.open(this.#options.folder, { ...partition, sink: this.#options.name }),
    )
    this.#accounts.set(key, account)
    return account
  }

  async #asking<T>(action: string, ask: () => Promise<T>): Promise<T> {
    const { name, folder } = this.#options
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Error) || 'family' in error) throw error
      throw operatingError('sink/not-written', `Sink \`${name}\` could not ${action}: ${error.message}.`, {
        asked: folder,
        found: (error as NodeJS.ErrnoException).code ?? error.message,
        do: 'See that the folder can be written and the disk has room; it is tried again until then.',
        cause: error,
      })
    }
  }
}

function keyOf({ log, topic, partition }: SinkPartition): string {
  return `${log}/${topic}/${partition}`
}

/** About what the rows take in memory. */
function bytesOf(batch: Batch): number {
  const texts = batch.columns.map((column) => ('dictionary' in column ? column.dictionary.bytes.length : 0))
  return texts.reduce((sum, bytes) => sum + bytes, batch.rows * batch.columns.length * BYTES_PER_VALUE)
}

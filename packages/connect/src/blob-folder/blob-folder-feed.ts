import { createHash } from 'node:crypto'
import { createReadStream, globSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BLOB_FIELDS, type BlobFolderDeclaration, MillraceError, operatingError, type SourceField, userError } from '@millrace/core'
import type { FeedPart, FeedProblem, KeptEntry, RecordFeed } from '../feed/record-feed.ts'
import { unreadable } from '../files/file-error.ts'
import { TypedRecords } from '../ingest/typed-records.ts'
import type { ExactJson } from '../json-lines/exact-json.ts'
import { mediaType } from './media-type.ts'

/** Files that are known at a time. */
const FILES_MAX = 100_000
/** Versions that are committed together. */
const PART_VERSIONS_MAX = 256
/** A file that changed less than this ago is still being written. */
const SETTLED_MS = 1_000

/** What is known of a path; JSON-safe. */
export interface KnownBlob {
  readonly path: string
  readonly version: number
  /** Null: the file is gone. */
  readonly digest: string | null
  readonly size: number
  readonly changedAt: number
}

interface Found {
  readonly blob: KnownBlob
  /** Whether it is another content than was known, and not only another time. */
  readonly isVersion: boolean
}

export interface BlobFolderOptions {
  readonly stream: { readonly topic: string; readonly fields: readonly SourceField[]; readonly eventTime: string }
  readonly declaration: BlobFolderDeclaration
  readonly cwd: string
  readonly known: Iterable<KnownBlob>
  readonly settledMs?: number
}

/** Looks at files now and then, and gives one record for each content that a path has had, and one when it is gone. */
export class BlobFolderFeed implements RecordFeed {
  readonly split = 'blobs'
  readonly place: string
  readonly #options: BlobFolderOptions
  readonly #known = new Map<string, KnownBlob>()
  readonly #records: TypedRecords
  readonly #problems = new Map<string, string>()

  /** @throws user `project/not-in-format` where the contract has a field that a manifest does not */
  constructor(options: BlobFolderOptions) {
    checkFields(options.stream)
    this.#options = options
    this.place = options.declaration.patterns.join(', ')
    this.#records = new TypedRecords(options.stream)
    for (const blob of options.known) this.#known.set(blob.path, blob)
  }

  async *parts(signal: AbortSignal): AsyncGenerator<FeedPart | FeedProblem> {
    while (!signal.aborted) {
      yield* this.#look(signal)
      await sleep(this.#options.declaration.everyMs, undefined, { signal }).catch(() => {})
    }
  }

  async *#look(signal: AbortSignal): AsyncGenerator<FeedPart | FeedProblem> {
    const { declaration, cwd } = this.#options
    const paths = new Set(declaration.patterns.flatMap((pattern) => globSync(pattern, { cwd })).sort())
    const gone = [...this.#known.values()].filter(({ path, digest }) => digest !== null && !paths.has(path))
    let found: Found[] = gone.map((blob) => ({ blob: { ...blob, version: blob.version + 1, digest: null }, isVersion: true }))
    for (const path of paths) {
      if (signal.aborted) return
      try {
        const blob = await this.#examine(path)
        this.#problems.delete(path)
        if (blob !== undefined) found.push(blob)
      } catch (cause) {
        yield* this.#problem(path, cause instanceof MillraceError ? cause : unreadable(path, cause))
      }
      if (found.length < PART_VERSIONS_MAX) continue
      yield this.#part(found)
      found = []
    }
    if (found.length > 0) yield this.#part(found)
  }

  /** The file as it is now, where that is new. */
  async #examine(path: string): Promise<Found | undefined> {
    const full = resolve(this.#options.cwd, path)
    const stat = statSync(full, { throwIfNoEntry: false })
    const known = this.#known.get(path)
    if (stat === undefined || !stat.isFile()) return undefined
    const { size, mtimeMs: changedAt } = stat
    if (known?.digest != null && known.size === size && known.changedAt === changedAt) return undefined
    if (Math.abs(Date.now() - changedAt) < (this.#options.settledMs ?? SETTLED_MS)) return undefined
    if (known === undefined && this.#known.size >= FILES_MAX) throw tooManyFiles(path)
    const digest = await digestOf(full)
    const isVersion = known?.digest !== digest
    return { blob: { path, version: (known?.version ?? 0) + (isVersion ? 1 : 0), digest, size, changedAt }, isVersion }
  }

  #part(found: readonly Found[]): FeedPart {
    const entries: KeptEntry[] = found.map(({ blob }) => ({ key: createHash('sha256').update(blob.path).digest('hex'), value: blob }))
    for (const { blob } of found) this.#known.set(blob.path, blob)
    const versions = found.filter(({ isVersion }) => isVersion).map(({ blob }) => blob)
    const seenAt = Date.now()
    const decode = (firstLine: number) => {
      for (const [i, blob] of versions.entries()) this.#records.add(this.#valuesOf(blob, seenAt), firstLine + i)
      return this.#records.take()
    }
    return { kind: 'part', decode: versions.length === 0 ? undefined : decode, state: null, entries }
  }

  #valuesOf({ path, version, digest, size, changedAt }: KnownBlob, seenAt: number): ExactJson[] {
    const gone = digest === null
    const values: Readonly<Record<string, ExactJson>> = {
      seen_at: seenAt,
      path,
      version,
      removed: gone,
      digest,
      size: gone ? null : size,
      media_type: gone ? null : mediaType(path),
      modified_at: gone ? null : Math.floor(changedAt),
    }
    return this.#options.stream.fields.map(({ name }) => values[name])
  }

  *#problem(path: string, error: MillraceError): Generator<FeedProblem> {
    if (this.#problems.get(path) === error.code) return
    if (this.#problems.size >= PART_VERSIONS_MAX) this.#problems.clear()
    this.#problems.set(path, error.code)
    yield { kind: 'problem', error }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function checkFields({ topic, fields }: BlobFolderOptions['stream']): void {
  const given: Readonly<Record<string, { readonly type: string }>> = BLOB_FIELDS
  const field = fields.find(({ name, type }) => given[name]?.type !== type)
  if (field === undefined) return
  throw userError(
    'project/not-in-format',
    `Field \`${field.name}\` (${field.type}) of stream \`${topic}\` is not what a manifest of blobs has.`,
    {
      asked: `${field.name}: ${field.type}`,
      found: Object.entries(given).map(([name, { type }]) => `${name}: ${type}`),
      do: 'Use `BLOB_FIELDS`, or some of them.',
    },
  )
}

function tooManyFiles(path: string): MillraceError {
  return operatingError('source/too-many-files', `\`${path}\` is not in the manifest: ${FILES_MAX} files are known already.`, {
    asked: path,
    found: `${FILES_MAX} files`,
    do: 'Use globs that match fewer files.',
  })
}

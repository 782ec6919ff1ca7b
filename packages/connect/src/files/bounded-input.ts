import { createHash, type Hash } from 'node:crypto'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { ArchiveLimits } from '@millrace/core'
import { NO_LIMITS } from '../archive/archive-limits.ts'
import { type ByteSource, openByteSource } from './byte-source.ts'
import { emptyInput, shrankFile } from './file-error.ts'
import type { LineBlock } from './line-block.ts'
import { CARRY_BYTES_MAX, LineCutter, type RecordEnd } from './line-cutter.ts'

const CHUNK_BYTES = 4_194_304
const SKIP_BYTES = 1_048_576

export interface BoundedInputOptions {
  /** A file, plain or gzip, or `-` for standard input. */
  readonly path: string
  /** Go on after this prefix: its length in uncompressed bytes, and the hash of it as `digestPrefixes` gives it. */
  readonly after?: { readonly bytes: number; readonly hash: Hash }
  /** Bytes read at a time. */
  readonly chunkBytes?: number
  /** Leaves the SHA-256 out, which costs a few nanoseconds a byte. */
  readonly withoutHash?: boolean
  readonly stdin?: Readable
  /** What a compressed file or an archive may come to. */
  readonly limits?: ArchiveLimits
  /** How records are told apart where they are not lines. */
  readonly recordEnd?: RecordEnd
}

/** An input that is read once from one end to the other. */
export interface BoundedInput {
  /** The file's name without folders, or `-`. */
  readonly name: string
  readonly compressed: boolean
  /** How far reading is, in bytes on disk; `total` is unknown for a pipe. */
  readonly progress: { readonly read: number; readonly total: number | undefined }
  /** Uncompressed bytes up to the end of the block handed over last, the prefix included. */
  readonly bytes: number
  /** SHA-256 in hex over those bytes. */
  sha256(): string
  /**
   * Blocks of whole lines in order; each is valid until the next is asked for. A last line without newline comes as a
   * block of its own marked `tail`.
   */
  blocks(): AsyncGenerator<LineBlock>
  close(): Promise<void>
}

/**
 * Opens a bounded input.
 *
 * Errors: `source/missing-file`, `source/is-a-folder`, `source/unreadable`, `source/not-gzip` at once; `source/empty-file`,
 * `source/truncated-gzip`, `source/corrupt-gzip`, `source/file-shrank`, `source/unreadable` from `blocks`.
 *
 * @example
 * const input = await openBoundedInput({ path: 'access.log' })
 * for await (const block of input.blocks()) decoder.decode(block, line)
 */
export async function openBoundedInput(options: BoundedInputOptions): Promise<BoundedInput> {
  const source = await openByteSource(options.path, options)
  const after = options.after?.bytes ?? 0
  if (!(await source.skip(after))) {
    await source.close()
    throw shrankFile(options.path, after, source.rawBytes)
  }
  return new OpenInput(options, source, after)
}

class OpenInput implements BoundedInput {
  readonly name: string
  readonly #path: string
  readonly #source: ByteSource
  readonly #chunkBytes: number
  readonly #hash: Hash | undefined
  readonly #cutter: LineCutter
  #failure: { readonly error: unknown } | undefined
  #begins = false

  constructor(options: BoundedInputOptions, source: ByteSource, after: number) {
    this.#path = options.path
    this.name = options.path === '-' ? '-' : basename(options.path)
    this.#source = source
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES
    this.#hash = options.withoutHash ? undefined : (options.after?.hash.copy() ?? createHash('sha256'))
    this.#cutter = new LineCutter(after, (bytes) => this.#hash?.update(bytes), options.recordEnd)
  }

  get compressed(): boolean {
    return this.#source.compressed
  }

  get progress(): { read: number; total: number | undefined } {
    return { read: this.#source.rawBytes, total: this.#source.sizeBytes }
  }

  get bytes(): number {
    return this.#cutter.offset
  }

  sha256(): string {
    return this.#hash === undefined ? '' : this.#hash.copy().digest('hex')
  }

  async *blocks(): AsyncGenerator<LineBlock> {
    let current = Buffer.allocUnsafeSlow(CARRY_BYTES_MAX + this.#chunkBytes)
    let next = Buffer.allocUnsafeSlow(CARRY_BYTES_MAX + this.#chunkBytes)
    let reading = this.#read(current)
    for (;;) {
      const filled = await reading
      if (filled.length === 0) break
      reading = this.#read(next)
      for (const segment of filled) yield* this.#cut(current, segment)
      const free = current
      current = next
      next = free
    }
    const tail = this.#cutter.finish()
    if (tail !== undefined) yield tail
    if (this.#cutter.offset === 0) throw emptyInput(this.#path)
  }

  async close(): Promise<void> {
    await this.#source.close()
  }

  /** Cuts one segment; what the file before left without its end is cut first. */
  *#cut(buffer: Buffer, { from, to, begins }: Segment): Generator<LineBlock> {
    if (begins) {
      const rest = this.#cutter.finish()
      if (rest !== undefined) yield { ...rest, tail: false }
      this.#begins = true
    }
    for (const block of this.#cutter.cut(buffer, from, to)) {
      yield this.#begins && block.kind === 'lines' ? { ...block, begins: true } : block
      this.#begins = false
    }
  }

  /** Reads ahead while the caller works on the chunk before; a failure is seen when the chunk is asked for. */
  #read(buffer: Buffer): Promise<readonly Segment[]> {
    const reading = this.#fill(buffer)
    reading.catch(() => {})
    return reading
  }

  /** What was read before a failure is handed over first; the failure comes with the next chunk. */
  async #fill(buffer: Buffer): Promise<readonly Segment[]> {
    if (this.#failure !== undefined) throw this.#failure.error
    const segments: Segment[] = []
    let length = 0
    while (length < this.#chunkBytes) {
      const taken = await this.#source.read(buffer, CARRY_BYTES_MAX + length, this.#chunkBytes - length).catch((error: unknown) => {
        if (length === 0) throw error
        this.#failure = { error }
        return 0
      })
      if (taken === 0) break
      const from = CARRY_BYTES_MAX + length
      const last = segments.at(-1)
      if (last === undefined || this.#source.began) segments.push({ from, to: from + taken, begins: this.#source.began })
      else segments[segments.length - 1] = { ...last, to: from + taken }
      length += taken
    }
    return segments
  }
}

/** Bytes of a chunk that belong to one file. */
interface Segment {
  readonly from: number
  readonly to: number
  /** Whether they are the file's first. */
  readonly begins: boolean
}

/** The hash of an input's first `bytes` uncompressed bytes. */
export interface PrefixDigest {
  readonly bytes: number
  readonly sha256: string
  /** The running hash after the prefix, to go on with. */
  readonly hash: Hash
}

/**
 * SHA-256 of an input's prefixes, in one pass that ends at the longest. Prefixes longer than the input are left out.
 * `lengths` are uncompressed bytes. Errors as of `openBoundedInput`.
 */
export async function digestPrefixes(path: string, lengths: readonly number[]): Promise<PrefixDigest[]> {
  const source = await openByteSource(path, { limits: NO_LIMITS })
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafeSlow(SKIP_BYTES)
    const digests: PrefixDigest[] = []
    let bytes = 0
    for (const length of [...new Set(lengths)].sort((a, b) => a - b)) {
      while (bytes < length) {
        const taken = await source.read(buffer, 0, Math.min(SKIP_BYTES, length - bytes))
        if (taken === 0) return digests
        hash.update(buffer.subarray(0, taken))
        bytes += taken
      }
      digests.push({ bytes, sha256: hash.copy().digest('hex'), hash: hash.copy() })
    }
    return digests
  } finally {
    await source.close()
  }
}

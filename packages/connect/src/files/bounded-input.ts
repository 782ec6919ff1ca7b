import { createHash, type Hash } from 'node:crypto'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
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
  const source = await openByteSource(options.path, options.stdin)
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
      const length = await reading
      if (length === 0) break
      reading = this.#read(next)
      yield* this.#cutter.cut(current, CARRY_BYTES_MAX, CARRY_BYTES_MAX + length)
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

  /** Reads ahead while the caller works on the chunk before; a failure is seen when the chunk is asked for. */
  #read(buffer: Buffer): Promise<number> {
    const reading = this.#fill(buffer)
    reading.catch(() => {})
    return reading
  }

  /** What was read before a failure is handed over first; the failure comes with the next chunk. */
  async #fill(buffer: Buffer): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure.error
    let length = 0
    while (length < this.#chunkBytes) {
      const taken = await this.#source.read(buffer, CARRY_BYTES_MAX + length, this.#chunkBytes - length).catch((error: unknown) => {
        if (length === 0) throw error
        this.#failure = { error }
        return 0
      })
      if (taken === 0) break
      length += taken
    }
    return length
  }
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
  const source = await openByteSource(path)
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

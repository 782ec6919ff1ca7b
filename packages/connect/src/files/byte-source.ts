import { type FileHandle, open } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ArchiveLimits } from '@millrace/core'
import { corruptArchive, notZip, zipFromPipe } from '../archive/archive-error.ts'
import { checkExpansion, fullLimits } from '../archive/archive-limits.ts'
import { MemberSource } from '../archive/member-source.ts'
import { isTar, TAR_HEAD_BYTES, tarMembers } from '../archive/tar-member.ts'
import { zipMembers } from '../archive/zip-member.ts'
import { corruptGzip, isFolder, notGzip, shrankFile, systemCode, truncatedGzip, unreadable } from './file-error.ts'

const GUNZIP_CHUNK_BYTES = 1_048_576
const COMPRESSED_CHUNK_BYTES = 262_144
const GZIP_MARK = Buffer.from([0x1f, 0x8b])
const ZIP_MARKS = [Buffer.from('PK\x03\x04', 'latin1'), Buffer.from('PK\x05\x06', 'latin1')]

/** The uncompressed bytes of an input, in order. */
export interface ByteSource {
  /** Size on disk when it was opened, or undefined for a pipe. */
  readonly sizeBytes: number | undefined
  readonly compressed: boolean
  /** Bytes of the input itself read so far, before decompression. */
  readonly rawBytes: number
  /** Whether the bytes read last begin a file of an archive. */
  readonly began: boolean
  /** Reads up to `length` bytes into `buffer` at `at`; 0 at the end. */
  read(buffer: Buffer, at: number, length: number): Promise<number>
  /** Passes over `bytes` uncompressed bytes; false when the input is shorter. */
  skip(bytes: number): Promise<boolean>
  close(): Promise<void>
}

export interface ByteSourceOptions {
  readonly stdin?: Readable
  readonly limits?: ArchiveLimits
}

/** Opens a plain or gzip file or the files of a zip or tar archive, told apart by their first bytes, or standard input (`-`). */
export async function openByteSource(path: string, options: ByteSourceOptions = {}): Promise<ByteSource> {
  const limits = fullLimits(options.limits)
  if (path === '-') return openStream(path, options.stdin ?? process.stdin, { limits })
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw isFolder(path)
    if (!stat.isFile()) return await openStream(path, file.createReadStream({ highWaterMark: COMPRESSED_CHUNK_BYTES }), { limits, file })
    return await openRegular(path, { file, size: stat.size, limits })
  } catch (error) {
    await file.close()
    throw error
  }
}

interface RegularFile {
  readonly file: FileHandle
  readonly size: number
  readonly limits: Required<ArchiveLimits>
}

async function openRegular(path: string, { file, size, limits }: RegularFile): Promise<ByteSource> {
  const head = Buffer.alloc(TAR_HEAD_BYTES)
  const { bytesRead } = await file.read(head, 0, TAR_HEAD_BYTES, 0).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  const isGzip = bytesRead >= 2 && head.subarray(0, 2).equals(GZIP_MARK)
  if (isGzip || isTar(head)) {
    const stream = file.createReadStream({ highWaterMark: COMPRESSED_CHUNK_BYTES, start: 0, autoClose: false })
    return unpacked(path, new StreamSource(path, stream, { compressed: isGzip, sizeBytes: size, file, limits }), limits)
  }
  if (bytesRead >= 4 && isZip(head)) return openZip(path, { file, size, limits })
  if (/\.t?gz$/.test(path) && bytesRead > 0) throw bytesRead === 1 && head[0] === GZIP_MARK[0] ? truncatedGzip(path, 0) : notGzip(path)
  if (path.endsWith('.zip') && bytesRead > 0) throw notZip(path)
  if (path.endsWith('.tar') && bytesRead > 0) throw corruptArchive(path, 'it begins with no header of tar')
  return new FileSource(path, file, size)
}

async function openZip(path: string, { file, size, limits }: RegularFile): Promise<ByteSource> {
  const members = zipMembers(path, size, limits)
  return new MemberSource(path, members, { sizeBytes: size, rawBytes: () => 0, close: () => file.close() })
}

async function openStream(
  path: string,
  stream: Readable,
  options: { readonly limits: Required<ArchiveLimits>; readonly file?: FileHandle },
): Promise<ByteSource> {
  const { head, rest } = await peek(path, stream)
  if (isZip(head)) throw zipFromPipe(path)
  const compressed = head.subarray(0, 2).equals(GZIP_MARK)
  return unpacked(path, new StreamSource(path, rest, { ...options, compressed, sizeBytes: undefined }), options.limits)
}

/** The source itself, or the files in it where it is a tar archive. */
async function unpacked(path: string, source: StreamSource, limits: Required<ArchiveLimits>): Promise<ByteSource> {
  if (!isTar(await source.peek(TAR_HEAD_BYTES))) return source
  return new MemberSource(path, tarMembers(path, source.rest(), limits), {
    sizeBytes: source.sizeBytes,
    rawBytes: () => source.rawBytes,
    close: () => source.close(),
  })
}

function isZip(head: Buffer): boolean {
  return ZIP_MARKS.some((mark) => head.subarray(0, mark.length).equals(mark))
}

/** The first bytes of a stream (four, unless it is shorter), and the stream with them in front again. */
async function peek(path: string, stream: Readable): Promise<{ head: Buffer; rest: Readable }> {
  const iterator = stream[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await iterator.next().catch((cause: unknown) => {
      throw unreadable(path, cause)
    })
    if (next.done) break
    head = Buffer.concat([head, Buffer.from(next.value)])
  }
  const rest = new PassThrough({ highWaterMark: COMPRESSED_CHUNK_BYTES })
  void pour(iterator, head, rest)
  return { head, rest }
}

async function pour(from: AsyncIterator<unknown>, head: Buffer, into: PassThrough): Promise<void> {
  try {
    await write(into, head)
    for (let next = await from.next(); !next.done && !into.destroyed; next = await from.next())
      await write(into, Buffer.from(next.value as Uint8Array))
    into.end()
  } catch (cause) {
    into.destroy(cause instanceof Error ? cause : undefined)
  } finally {
    await from.return?.()
  }
}

function write(into: PassThrough, bytes: Buffer): Promise<void> | undefined {
  if (bytes.length === 0 || into.write(bytes)) return undefined
  return new Promise((resolve) => {
    into.once('drain', resolve)
    into.once('close', resolve)
  })
}

/** A plain file, up to the size it had when it was opened. */
class FileSource implements ByteSource {
  readonly compressed = false
  readonly began = false
  readonly sizeBytes: number
  rawBytes = 0
  readonly #path: string
  readonly #file: FileHandle
  /** Files such as those of /proc say 0 and hold bytes all the same. */
  readonly #limit: number

  constructor(path: string, file: FileHandle, size: number) {
    this.#path = path
    this.#file = file
    this.sizeBytes = size
    this.#limit = size === 0 ? Number.POSITIVE_INFINITY : size
  }

  async read(buffer: Buffer, at: number, length: number): Promise<number> {
    const wanted = Math.min(length, this.#limit - this.rawBytes)
    if (wanted === 0) return 0
    const { bytesRead } = await this.#file.read(buffer, at, wanted, this.rawBytes).catch((cause: unknown) => {
      throw unreadable(this.#path, cause)
    })
    if (bytesRead === 0 && Number.isFinite(this.#limit)) throw shrankFile(this.#path, this.#limit, this.rawBytes)
    this.rawBytes += bytesRead
    return bytesRead
  }

  async skip(bytes: number): Promise<boolean> {
    if (this.rawBytes + bytes > this.#limit) return false
    this.rawBytes += bytes
    return true
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** A pipe, or gzip data, whose members follow each other as one text. */
class StreamSource implements ByteSource {
  readonly compressed: boolean
  readonly sizeBytes: number | undefined
  readonly began = false
  rawBytes = 0
  readonly #limits: Required<ArchiveLimits>
  #failure: { readonly error: unknown } | undefined
  readonly #path: string
  readonly #raw: Readable
  readonly #file: FileHandle | undefined
  readonly #chunks: AsyncIterator<Buffer>
  #chunk: Buffer = Buffer.alloc(0)
  #bytes = 0

  constructor(
    path: string,
    raw: Readable,
    options: { compressed: boolean; sizeBytes: number | undefined; file?: FileHandle; limits: Required<ArchiveLimits> },
  ) {
    this.#path = path
    this.#limits = options.limits
    this.#raw = raw
    this.#file = options.file
    this.compressed = options.compressed
    this.sizeBytes = options.sizeBytes
    raw.on('data', (chunk: Buffer) => {
      this.rawBytes += chunk.length
    })
    raw.pause()
    this.#chunks = (options.compressed ? gunzip(raw) : raw)[Symbol.asyncIterator]()
  }

  async read(buffer: Buffer, at: number, length: number): Promise<number> {
    if (!(await this.#fill())) return 0
    const taken = Math.min(length, this.#chunk.length)
    this.#chunk.copy(buffer, at, 0, taken)
    this.#chunk = this.#chunk.subarray(taken)
    this.#bytes += taken
    return taken
  }

  async skip(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0; ) {
      if (!(await this.#fill())) return false
      const taken = Math.min(left, this.#chunk.length)
      this.#chunk = this.#chunk.subarray(taken)
      this.#bytes += taken
      left -= taken
    }
    return true
  }

  async close(): Promise<void> {
    this.#raw.destroy()
    await this.#file?.close()
  }

  /** The first bytes, fewer where there are not so many; they are read again. A failure shows when they are. */
  async peek(length: number): Promise<Buffer> {
    try {
      while (this.#chunk.length < length) {
        const next = await this.#nextChunk()
        if (next === undefined) break
        this.#chunk = this.#chunk.length === 0 ? next : Buffer.concat([this.#chunk, next])
      }
    } catch (error) {
      this.#failure = { error }
    }
    return this.#chunk
  }

  /** Everything that was not read so far, as a stream. */
  rest(): Readable {
    return Readable.from(this.#remaining(), { objectMode: false, highWaterMark: COMPRESSED_CHUNK_BYTES })
  }

  async *#remaining(): AsyncGenerator<Buffer> {
    while (await this.#fill()) {
      const chunk = this.#chunk
      this.#chunk = Buffer.alloc(0)
      this.#bytes += chunk.length
      yield chunk
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#nextChunk()
      if (next === undefined) return false
      this.#chunk = next
    }
    return true
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure.error
    const next = await this.#chunks.next().catch((cause: unknown) => {
      throw this.#readError(cause)
    })
    if (next.done) return undefined
    if (this.compressed)
      checkExpansion(
        this.#path,
        { compressed: this.rawBytes, uncompressed: this.#bytes + this.#chunk.length + next.value.length },
        this.#limits,
      )
    return next.value
  }

  #readError(cause: unknown): unknown {
    const code = systemCode(cause)
    if (code === 'Z_BUF_ERROR') return truncatedGzip(this.#path, this.#bytes, cause)
    return code.startsWith('Z_') ? corruptGzip(this.#path, this.#bytes, cause) : unreadable(this.#path, cause)
  }
}

function gunzip(raw: Readable): Readable {
  const unzipped = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES })
  raw.on('error', (cause) => unzipped.destroy(cause))
  raw.pipe(unzipped)
  return unzipped
}

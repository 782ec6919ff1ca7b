import { type FileHandle, open } from 'node:fs/promises'
import { PassThrough, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { corruptGzip, isFolder, notGzip, shrankFile, systemCode, truncatedGzip, unreadable } from './file-error.ts'

const GUNZIP_CHUNK_BYTES = 1_048_576
const COMPRESSED_CHUNK_BYTES = 262_144
const GZIP_MARK = Buffer.from([0x1f, 0x8b])

/** The uncompressed bytes of an input, in order. */
export interface ByteSource {
  /** Size on disk when it was opened, or undefined for a pipe. */
  readonly sizeBytes: number | undefined
  readonly compressed: boolean
  /** Bytes of the input itself read so far, before decompression. */
  readonly rawBytes: number
  /** Reads up to `length` bytes into `buffer` at `at`; 0 at the end. */
  read(buffer: Buffer, at: number, length: number): Promise<number>
  /** Passes over `bytes` uncompressed bytes; false when the input is shorter. */
  skip(bytes: number): Promise<boolean>
  close(): Promise<void>
}

/** Opens a plain or gzip file, told apart by their first bytes, or standard input (`-`). */
export async function openByteSource(path: string, stdin: Readable = process.stdin): Promise<ByteSource> {
  if (path === '-') return openStream(path, stdin)
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw isFolder(path)
    if (!stat.isFile()) return await openStream(path, file.createReadStream({ highWaterMark: COMPRESSED_CHUNK_BYTES }), file)
    return await openRegular(path, file, stat.size)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openRegular(path: string, file: FileHandle, size: number): Promise<ByteSource> {
  const mark = Buffer.alloc(2)
  const { bytesRead } = await file.read(mark, 0, 2, 0).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  if (bytesRead === 2 && mark.equals(GZIP_MARK)) {
    const stream = file.createReadStream({ highWaterMark: COMPRESSED_CHUNK_BYTES, start: 0, autoClose: false })
    return new StreamSource(path, stream, { compressed: true, sizeBytes: size, file })
  }
  if (path.endsWith('.gz') && bytesRead > 0) throw bytesRead === 1 && mark[0] === GZIP_MARK[0] ? truncatedGzip(path, 0) : notGzip(path)
  return new FileSource(path, file, size)
}

async function openStream(path: string, stream: Readable, file?: FileHandle): Promise<ByteSource> {
  const { head, rest } = await peek(path, stream)
  return new StreamSource(path, rest, { compressed: head.subarray(0, 2).equals(GZIP_MARK), sizeBytes: undefined, file })
}

/** The first bytes of a stream (two, unless it is shorter), and the stream with them in front again. */
async function peek(path: string, stream: Readable): Promise<{ head: Buffer; rest: Readable }> {
  const iterator = stream[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 2) {
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
  rawBytes = 0
  readonly #path: string
  readonly #raw: Readable
  readonly #file: FileHandle | undefined
  readonly #chunks: AsyncIterator<Buffer>
  #chunk: Buffer = Buffer.alloc(0)
  #bytes = 0

  constructor(path: string, raw: Readable, options: { compressed: boolean; sizeBytes: number | undefined; file: FileHandle | undefined }) {
    this.#path = path
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

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next().catch((cause: unknown) => {
        throw this.#readError(cause)
      })
      if (next.done) return false
      this.#chunk = next.value
    }
    return true
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

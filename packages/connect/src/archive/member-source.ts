import { crc32 } from 'node:zlib'
import type { ByteSource } from '../files/byte-source.ts'
import { corruptArchive, nestedArchive } from './archive-error.ts'
import type { ArchiveMember } from './archive-member.ts'

const NEWLINE = 0x0a
const LINE_BREAK = Uint8Array.of(NEWLINE)

interface OpenMember {
  readonly member: ArchiveMember
  readonly chunks: AsyncIterator<Uint8Array>
  bytes: number
  crc: number
  lastByte: number
}

/** The files of an archive, one after the other, as one text; one that does not end with a newline gets one. */
export class MemberSource implements ByteSource {
  readonly compressed = true
  readonly sizeBytes: number | undefined
  began = false
  readonly #path: string
  readonly #members: AsyncIterator<ArchiveMember>
  readonly #rawBytes: () => number
  readonly #close: () => Promise<void>
  #open: OpenMember | undefined
  #chunk: Uint8Array = new Uint8Array(0)
  #next = false

  constructor(
    path: string,
    members: AsyncIterable<ArchiveMember>,
    options: { readonly sizeBytes: number | undefined; readonly rawBytes: () => number; readonly close: () => Promise<void> },
  ) {
    this.#path = path
    this.sizeBytes = options.sizeBytes
    this.#members = members[Symbol.asyncIterator]()
    this.#rawBytes = options.rawBytes
    this.#close = options.close
  }

  get rawBytes(): number {
    return this.#rawBytes()
  }

  async read(buffer: Buffer, at: number, length: number): Promise<number> {
    if (!(await this.#fill())) return 0
    this.began = this.#next
    this.#next = false
    const taken = Math.min(length, this.#chunk.length)
    buffer.set(this.#chunk.subarray(0, taken), at)
    this.#chunk = this.#chunk.subarray(taken)
    return taken
  }

  async skip(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0; ) {
      if (!(await this.#fill())) return false
      const taken = Math.min(left, this.#chunk.length)
      this.#chunk = this.#chunk.subarray(taken)
      this.#next = false
      left -= taken
    }
    return true
  }

  async close(): Promise<void> {
    await this.#open?.chunks.return?.().catch(() => undefined)
    await this.#members.return?.().catch(() => undefined)
    await this.#close()
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const open = this.#open ?? (await this.#openNext())
      if (open === undefined) return false
      const next = await open.chunks.next()
      if (next.done) this.#finish(open)
      else this.#take(open, next.value)
    }
    return true
  }

  async #openNext(): Promise<OpenMember | undefined> {
    const next = await this.#members.next()
    if (next.done) return undefined
    const member = next.value
    this.#open = { member, chunks: member.chunks[Symbol.asyncIterator](), bytes: 0, crc: 0, lastByte: NEWLINE }
    return this.#open
  }

  #take(open: OpenMember, chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (open.bytes === 0) {
      this.#next = true
      if (isCompressed(chunk)) throw nestedArchive(this.#path, open.member.name)
    }
    open.bytes += chunk.length
    if (open.member.crc32 !== undefined) open.crc = crc32(chunk, open.crc)
    open.lastByte = chunk[chunk.length - 1]
    this.#chunk = chunk
  }

  #finish(open: OpenMember): void {
    this.#open = undefined
    const { name, crc32: expected } = open.member
    if (expected !== undefined && expected >>> 0 !== open.crc >>> 0)
      throw corruptArchive(this.#path, `the checksum of \`${name}\` is not that of its bytes`)
    if (open.bytes > 0 && open.lastByte !== NEWLINE) this.#chunk = LINE_BREAK
  }
}

/** Whether bytes begin gzip or zip data. */
function isCompressed(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b) || (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04)
}

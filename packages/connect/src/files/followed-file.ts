import { closeSync, fstatSync, readSync } from 'node:fs'
import { FINGERPRINT_BYTES_MAX, type FileIdentity, type FilePosition, type FingerprintBytes, fingerprint } from './file-position.ts'
import type { LineBlock } from './line-block.ts'
import { LineCutter, type RecordEnd } from './line-cutter.ts'

/** Bytes before the growth that are read again with it: they differ when the file was rewritten. */
const GUARD_BYTES_MAX = 256
const NEWLINE = 0x0a

/** `more`: growth is left. `caught-up`: everything there is was read. `rewritten`: it shrank or holds other bytes than were read. */
export type ReadOutcome = 'more' | 'caught-up' | 'rewritten'

/** A block and the number of its first line. */
export interface NumberedBlock {
  readonly block: LineBlock
  readonly firstLine: number
}

/** One open file, read in order as its split. Its descriptor stays open, so a renamed or unlinked file is still read to its end. */
export class FollowedFile {
  split: string
  path: string
  readonly identity: FileIdentity
  readonly #fd: number
  readonly #recordEnd: RecordEnd | undefined
  #cutter: LineCutter
  #lines: number
  #head: Buffer
  #tail: Buffer
  #guard: Buffer
  #changedAt: bigint | undefined
  #position: FilePosition | undefined

  /** Takes over the open descriptor. `resumed` gives what was consumed before, with the bytes under its fingerprint. */
  constructor(
    file: { split: string; path: string; identity: FileIdentity; fd: number; recordEnd?: RecordEnd },
    resumed?: { position: FilePosition; bytes: FingerprintBytes },
  ) {
    this.split = file.split
    this.path = file.path
    this.identity = file.identity
    this.#fd = file.fd
    this.#recordEnd = file.recordEnd
    this.#cutter = new LineCutter(resumed?.position.offset, undefined, this.#recordEnd)
    this.#lines = resumed?.position.lines ?? 0
    this.#head = resumed?.bytes.head ?? Buffer.alloc(0)
    this.#tail = resumed?.bytes.tail ?? Buffer.alloc(0)
    this.#guard = this.#tail.subarray(-GUARD_BYTES_MAX)
  }

  get fd(): number {
    return this.#fd
  }

  /** No path leads to the file any more. */
  get unlinked(): boolean {
    return fstatSync(this.#fd).nlink === 0
  }

  get position(): FilePosition {
    this.#position ??= {
      split: this.split,
      path: this.path,
      ...this.identity,
      offset: this.#cutter.offset,
      lines: this.#lines,
      ...fingerprint({ head: this.#head, tail: this.#tail }),
    }
    return this.#position
  }

  /** Reads at most `bytesMax` bytes of growth. The blocks have memory of their own. */
  read(bytesMax: number): { blocks: NumberedBlock[]; bytes: number; outcome: ReadOutcome } {
    const stat = fstatSync(this.#fd, { bigint: true })
    const growth = Number(stat.size) - this.#cutter.readOffset
    const touched = stat.mtimeNs !== this.#changedAt
    this.#changedAt = stat.mtimeNs
    if (growth < 0) return { blocks: [], bytes: 0, outcome: 'rewritten' }
    if (growth === 0 && !touched) return { blocks: [], bytes: 0, outcome: 'caught-up' }
    return this.#readGrowth(Math.min(growth, bytesMax), growth > bytesMax)
  }

  /** The last line when the file ends without newline and nothing more will come. */
  finish(): NumberedBlock | undefined {
    const block = this.#cutter.finish()
    return block === undefined ? undefined : this.#consume(block)
  }

  /** The file begins anew, as another split. */
  restart(split: string): void {
    this.split = split
    this.#cutter = new LineCutter(0, undefined, this.#recordEnd)
    this.#lines = 0
    this.#head = Buffer.alloc(0)
    this.#tail = Buffer.alloc(0)
    this.#guard = Buffer.alloc(0)
    this.#changedAt = undefined
    this.#position = undefined
  }

  moveTo(path: string): void {
    this.path = path
    this.#position = undefined
  }

  close(): void {
    closeSync(this.#fd)
  }

  #readGrowth(length: number, more: boolean): { blocks: NumberedBlock[]; bytes: number; outcome: ReadOutcome } {
    const guard = this.#guard
    const from = Math.max(guard.length, this.#cutter.room)
    const buffer = Buffer.allocUnsafeSlow(from + length)
    const taken = readSync(this.#fd, buffer, from - guard.length, guard.length + length, this.#cutter.readOffset - guard.length)
    const bytes = taken - guard.length
    if (bytes < 0 || !buffer.subarray(from - guard.length, from).equals(guard)) return { blocks: [], bytes: 0, outcome: 'rewritten' }
    this.#guard = Buffer.from(buffer.subarray(Math.max(from - guard.length, from + bytes - GUARD_BYTES_MAX), from + bytes))
    const blocks: NumberedBlock[] = []
    for (const block of this.#cutter.cut(buffer, from, from + bytes)) blocks.push(this.#consume(block))
    return { blocks, bytes, outcome: more && bytes > 0 ? 'more' : 'caught-up' }
  }

  #consume(block: LineBlock): NumberedBlock {
    const firstLine = this.#lines + 1
    this.#position = undefined
    if (block.kind === 'long-line') {
      this.#lines += 1
      this.#head = joined(this.#head, block.head).subarray(0, FINGERPRINT_BYTES_MAX)
      this.#tail = block.tail ? Buffer.alloc(0) : Buffer.from([NEWLINE])
      return { block, firstLine }
    }
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset + block.from, block.to - block.from)
    this.#lines += block.records ?? countLines(bytes) + (block.tail ? 1 : 0)
    if (this.#head.length < FINGERPRINT_BYTES_MAX)
      this.#head = joined(this.#head, bytes.subarray(0, FINGERPRINT_BYTES_MAX)).subarray(0, FINGERPRINT_BYTES_MAX)
    this.#tail = joined(this.#tail, bytes.subarray(-FINGERPRINT_BYTES_MAX)).subarray(-FINGERPRINT_BYTES_MAX)
    return { block, firstLine }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Buffer {
  return Buffer.concat([first, second])
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

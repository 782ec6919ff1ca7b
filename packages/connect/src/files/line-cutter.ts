import { DEAD_LETTER_RAW_BYTES_MAX } from '../dead-letter.ts'
import { LINE_BYTES_MAX, type LineBlock } from './line-block.ts'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Most bytes that a cutter carries from one chunk to the next: a longest line, its `\r`, and one byte that proves it longer. */
export const CARRY_BYTES_MAX = LINE_BYTES_MAX + 2

interface LongLine {
  head: Buffer
  length: number
  lastByte: number
}

/** Called with each stretch of the input, in order, before the block that ends with it is handed over and after the block before. */
export type Passed = (bytes: Uint8Array) => void

/** Where the last whole record of `bytes[from, to)` ends, `from` if there is none; and how many there are, where that is known. */
export type RecordEnd = (bytes: Buffer, from: number, to: number) => { readonly end: number; readonly records?: number }

/**
 * Cuts the chunks of one split, in order, into blocks of whole lines, and carries the unfinished line along. With a `RecordEnd` the
 * blocks are of whole records; of one that is longer than may be carried, the first line stands alone.
 */
export class LineCutter {
  /** Byte offset after the last whole line handed over. */
  offset: number
  #carry = Buffer.alloc(0)
  #long: LongLine | undefined
  readonly #passed: Passed
  readonly #recordEnd: RecordEnd

  /** Starts at byte `offset` of the split, which is the beginning of a line. */
  constructor(offset = 0, passed: Passed = () => {}, recordEnd: RecordEnd = lastLineEnd) {
    this.offset = offset
    this.#passed = passed
    this.#recordEnd = recordEnd
  }

  /** Byte offset after everything cut so far, unfinished line included. */
  get readOffset(): number {
    return this.offset + (this.#long?.length ?? this.#carry.length)
  }

  /** Free bytes that must stand before the next chunk. */
  get room(): number {
    return this.#carry.length
  }

  /**
   * Takes the chunk `bytes[from, to)`. At least `room` bytes before `from` are overwritten with the carried line.
   * The blocks alias `bytes`.
   */
  *cut(bytes: Buffer, from: number, to: number): Generator<LineBlock> {
    let start = from
    if (this.#long !== undefined) {
      const newline = indexOfNewline(bytes, from, to)
      this.#skip(bytes.subarray(from, newline))
      if (newline === to) return
      this.#passed(bytes.subarray(newline, newline + 1))
      yield this.#longLine(1)
      start = newline + 1
    }
    start -= this.#carry.length
    this.#carry.copy(bytes, start)
    this.#carry = Buffer.alloc(0)
    while (start < to) {
      const { end, records } = this.#recordEnd(bytes, start, to)
      if (end > start) yield this.#lines(bytes, { from: start, to: end, records, tail: false })
      start = end
      if (to - start < CARRY_BYTES_MAX) break
      const newline = indexOfNewline(bytes, start, to)
      if (newline === to) break
      yield this.#lines(bytes, { from: start, to: newline + 1, records: 1, tail: false })
      start = newline + 1
    }
    this.#keep(bytes, start, to)
  }

  /** The last line when the input ends without newline. Further chunks begin after it. */
  finish(): LineBlock | undefined {
    if (this.#long !== undefined) return this.#longLine(0)
    if (this.#carry.length === 0) return undefined
    const carry = this.#carry
    this.#carry = Buffer.alloc(0)
    return this.#lines(carry, { from: 0, to: carry.length, tail: true })
  }

  #lines(bytes: Buffer, lines: { from: number; to: number; records?: number; tail: boolean }): LineBlock {
    const offset = this.offset
    this.offset += lines.to - lines.from
    this.#passed(bytes.subarray(lines.from, lines.to))
    return { kind: 'lines', bytes, ...lines, offset, end: this.offset }
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (to - from < CARRY_BYTES_MAX) {
      this.#carry = Buffer.from(bytes.subarray(from, to))
      return
    }
    this.#long = { head: Buffer.from(bytes.subarray(from, from + DEAD_LETTER_RAW_BYTES_MAX)), length: 0, lastByte: 0 }
    this.#skip(bytes.subarray(from, to))
  }

  #skip(bytes: Buffer): void {
    const long = this.#long
    if (long === undefined || bytes.length === 0) return
    long.length += bytes.length
    long.lastByte = bytes[bytes.length - 1]
    this.#passed(bytes)
  }

  #longLine(newlineBytes: number): LineBlock {
    const { head, length, lastByte } = this.#long as LongLine
    const offset = this.offset
    this.offset += length + newlineBytes
    this.#long = undefined
    const ending = lastByte === CARRIAGE_RETURN ? 1 : 0
    return { kind: 'long-line', head, length: length - ending, offset, end: this.offset, tail: newlineBytes === 0 }
  }
}

function indexOfNewline(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(NEWLINE, from)
  return at < 0 || at > to ? to : at
}

function lastLineEnd(bytes: Buffer, from: number, to: number): { end: number } {
  const last = to > from ? bytes.lastIndexOf(NEWLINE, to - 1) : -1
  return { end: Math.max(last + 1, from) }
}

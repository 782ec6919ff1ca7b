import { isUtf8 } from 'node:buffer'
import type { Batch, Column } from '@millrace/columnar'
import { DEAD_LETTER_RAW_BYTES_MAX, type DeadLetter, type DeadLetterReason } from '../dead-letter.ts'
import { LINE_BYTES_MAX, type LineBlock, type LinesBlock } from '../files/line-block.ts'
import { ACCESS_LOG_FIELDS } from './access-log-fields.ts'
import { AccessLogLine } from './access-log-line.ts'
import { AccessLogRows } from './access-log-rows.ts'
import { ByteSlice } from './byte-slice.ts'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20

/** Lines are checked for NUL and UTF-8 in pieces that stay in the processor's cache until they are parsed. */
const PIECE_BYTES = 131_072

/** What a block of lines gave. `lines = blank + batch.rows + deadLetters.length`. */
export interface DecodedLines {
  /** The decoded rows in the lines' order, with memory of their own. */
  readonly batch: Batch
  /** Byte offset in the split of each row's line. */
  readonly offsets: Float64Array
  /** Line number in the split of each row, from 1. */
  readonly lineNumbers: Float64Array
  readonly deadLetters: readonly DeadLetter[]
  readonly lines: number
  readonly blank: number
}

/**
 * Decodes access logs in Common and Combined Log Format into columns. The grammar, the reasons and their order stand in
 * `docs/reference/access-log.md`. Bytes are parsed where they lie; a decoder keeps no state between blocks but its memory,
 * so one serves any number of splits in turn.
 *
 * @example
 * const decoder = new AccessLogDecoder()
 * const { batch, deadLetters } = decoder.decode(block, linesBefore + 1)
 */
export class AccessLogDecoder {
  readonly #line = new AccessLogLine()
  readonly #rows = new AccessLogRows()
  #deadLetters: DeadLetter[] = []
  #blank = 0

  /** Decodes one block; `firstLine` is the number of its first line in the split, from 1. */
  decode(block: LineBlock, firstLine: number): DecodedLines {
    this.#deadLetters = []
    this.#blank = 0
    this.#rows.reset()
    const lines = block.kind === 'lines' ? this.#decodeLines(block, firstLine) : this.#decodeLongLine(block, firstLine)
    const columns: Column[] = this.#rows.columns()
    return {
      batch: { rows: this.#rows.size, fields: ACCESS_LOG_FIELDS, columns },
      offsets: this.#rows.lineOffsets(),
      lineNumbers: this.#rows.lineNumbers(),
      deadLetters: this.#deadLetters,
      lines,
      blank: this.#blank,
    }
  }

  #decodeLongLine(block: Extract<LineBlock, { kind: 'long-line' }>, line: number): number {
    const raw = block.head.slice(0, DEAD_LETTER_RAW_BYTES_MAX)
    this.#deadLetters.push({
      reason: 'decode/line-too-long',
      column: undefined,
      raw,
      length: block.length,
      offset: block.offset,
      line,
      rowsBefore: 0,
    })
    return 1
  }

  #decodeLines(block: LinesBlock, firstLine: number): number {
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength)
    const slice = new ByteSlice(bytes)
    let line = firstLine
    for (let from = block.from; from < block.to; ) {
      const to = from + PIECE_BYTES >= block.to ? block.to : Math.min(block.to, nextOf(bytes, NEWLINE, from + PIECE_BYTES, block.to) + 1)
      line = this.#decodePiece(slice, bytes, { from, to, shift: block.offset - block.from, line })
      from = to
    }
    return line - firstLine
  }

  /** Decodes whole lines after two native scans over them that spare the lines a look at every byte. Returns the next line's number. */
  #decodePiece(slice: ByteSlice, bytes: Buffer, piece: { from: number; to: number; shift: number; line: number }): number {
    const { to, shift } = piece
    const whole = bytes.subarray(piece.from, to)
    const valid = isUtf8(whole)
    const nuls = whole.includes(0)
    let line = piece.line
    for (let from = piece.from; from < to; line++) {
      const next = nextOf(bytes, NEWLINE, from, to)
      const end = next > from && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next
      if (isBlank(bytes, from, end)) this.#blank += 1
      else {
        const reason = refusal(bytes, from, end, { nuls, valid }) ?? this.#line.parse(slice, from, end)
        if (reason === undefined) this.#rows.add(slice, this.#line, from + shift, line)
        else this.#refuse(reason, bytes.subarray(from, end), from + shift, line)
      }
      from = next + 1
    }
    return line
  }

  #refuse(reason: DeadLetterReason, text: Uint8Array, offset: number, line: number): void {
    const column =
      reason.startsWith('contract/') || reason === 'decode/int64' || reason === 'decode/impossible-time'
        ? this.#line.columnAtFault
        : undefined
    const raw = text.slice(0, DEAD_LETTER_RAW_BYTES_MAX)
    this.#deadLetters.push({ reason, column, raw, length: text.length, offset, line, rowsBefore: this.#rows.size })
  }
}

/** What makes a line undecodable whatever its format. */
function refusal(bytes: Buffer, from: number, end: number, piece: { nuls: boolean; valid: boolean }): DeadLetterReason | undefined {
  if (end - from > LINE_BYTES_MAX) return 'decode/line-too-long'
  if (piece.nuls && bytes.subarray(from, end).includes(0)) return 'decode/nul-byte'
  if (!piece.valid && !isUtf8(bytes.subarray(from, end))) return 'decode/invalid-utf8'
  return undefined
}

function isBlank(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from
  while (at < end && bytes[at] === SPACE) at += 1
  return at === end && end - from <= LINE_BYTES_MAX
}

/** Position of the next `byte` in `[from, to)`, or `to`. */
function nextOf(bytes: Buffer, byte: number, from: number, to: number): number {
  const at = bytes.indexOf(byte, from)
  return at < 0 || at > to ? to : at
}

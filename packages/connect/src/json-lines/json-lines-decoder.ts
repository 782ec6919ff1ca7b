import { isAscii, isUtf8 } from 'node:buffer'
import type { SourceField } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { LINE_BYTES_MAX, type LineBlock, type LinesBlock } from '../files/line-block.ts'
import { RecordBuilder } from '../ingest/record-builder.ts'
import { JsonRecord } from './json-record.ts'
import { PlainJson } from './plain/plain-json.ts'

const NEWLINE = 0x0a
const SPACES: ReadonlySet<number> = new Set([0x09, 0x0d, 0x20])
const OBJECT = 0x7b
/** Text made of lines at a time: long enough to be quick, short enough to die young. */
const PIECE_BYTES = 131_072

/** Decodes JSON lines: one object a line, empty lines between them. */
export class JsonLinesDecoder {
  readonly #record: JsonRecord
  readonly #plain: PlainJson | undefined
  readonly #builder: RecordBuilder

  /** @throws user `plan/type-not-offered` */
  constructor(stream: { readonly fields: readonly SourceField[]; readonly eventTime: string }) {
    this.#record = new JsonRecord(stream)
    this.#plain = PlainJson.of(stream)
    this.#builder = new RecordBuilder(stream.fields, this.#plain)
  }

  decode(block: LineBlock, at: { readonly firstLine: number }): DecodedLines {
    if (block.kind === 'lines') this.#decodeLines(block, at.firstLine)
    else {
      const { head: raw, length, offset } = block
      this.#builder.refuse({ reason: 'decode/line-too-long', column: undefined, raw, length }, { offset, line: at.firstLine })
    }
    return this.#builder.take()
  }

  state(): Record<string, never> {
    return {}
  }

  restore(): void {}

  forget(): void {}

  #decodeLines(block: LinesBlock, firstLine: number): void {
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength)
    let line = firstLine
    for (let from = block.from; from < block.to; ) {
      const to = from + PIECE_BYTES >= block.to ? block.to : lineEnd(bytes, from + PIECE_BYTES, block.to) + 1
      line = this.#decodePiece(bytes, { from, to: Math.min(to, block.to), shift: block.offset - block.from, line })
      from = to
    }
  }

  /** Decodes whole lines, with one text for all of them where it is ASCII. Returns the next line's number. */
  #decodePiece(bytes: Buffer, piece: { from: number; to: number; shift: number; line: number }): number {
    const whole = bytes.subarray(piece.from, piece.to)
    const plain = isUtf8(whole) ? this.#plain : undefined
    const text = plain === undefined && isAscii(whole) ? bytes.toString('latin1', piece.from, piece.to) : undefined
    let { line } = piece
    for (let from = piece.from; from < piece.to; line++) {
      const next = lineEnd(bytes, from, piece.to)
      const end = next > from && bytes[next - 1] === 0x0d ? next - 1 : next
      const at = { offset: from + piece.shift, line }
      if (bytes[from] !== OBJECT && isBlank(bytes, from, end)) this.#builder.blank()
      else if (end - from <= LINE_BYTES_MAX && plain?.read(bytes, from, end) === true) this.#builder.taken(at)
      else {
        const decoded = this.#record.decode(bytes, from, end, text?.slice(from - piece.from, end - piece.from))
        this.#builder.add(decoded, bytes.subarray(from, end), at)
      }
      from = next + 1
    }
    return line
  }
}

function isBlank(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from
  while (at < end && SPACES.has(bytes[at])) at += 1
  return at === end
}

function lineEnd(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(NEWLINE, from)
  return at < 0 || at > to ? to : at
}

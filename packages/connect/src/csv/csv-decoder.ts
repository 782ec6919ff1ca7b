import { isAscii, isUtf8 } from 'node:buffer'
import type { CsvOptions, SourceField } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import type { DeadLetterReason } from '../dead-letter.ts'
import { LINE_BYTES_MAX, type LineBlock, type LinesBlock } from '../files/line-block.ts'
import { RecordBuilder } from '../ingest/record-builder.ts'
import type { ExactJson } from '../json-lines/exact-json.ts'
import { type DecodedRow, RowDecoder } from '../json-lines/row-decoder.ts'
import { cellReader } from './csv-cell.ts'
import { CsvRecord, lineAfter } from './csv-record.ts'

/** Columns of a header row that are looked at. */
export const CSV_COLUMNS_MAX = 4096
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** The header row's names by split. */
type Headers = Record<string, readonly string[]>

interface Piece {
  readonly bytes: Buffer
  /** The block's text where it is ASCII: positions in it are those in the bytes less `from`. */
  readonly text: string | undefined
  readonly from: number
  readonly header: readonly string[]
}

/**
 * Decodes CSV with a header row, which says where the contract's fields stand; other columns are passed over, and a field without column
 * is null. The header counts among the blank lines. Unquoted, the null text is null; for a text field that cannot be null it is itself.
 */
export class CsvDecoder {
  readonly #fields: readonly SourceField[]
  readonly #cells: readonly ((text: string) => ExactJson | undefined)[]
  readonly #rows: RowDecoder
  readonly #builder: RecordBuilder
  readonly #record: CsvRecord
  readonly #nullText: string
  readonly #headers: Headers

  /** @throws user `plan/type-not-offered` */
  constructor(
    stream: { readonly fields: readonly SourceField[]; readonly eventTime: string },
    options: CsvOptions & { readonly state?: Readonly<Record<string, unknown>> } = {},
  ) {
    this.#fields = stream.fields
    this.#cells = stream.fields.map(cellReader)
    this.#rows = new RowDecoder({ fields: stream.fields, event_time: stream.eventTime })
    this.#builder = new RecordBuilder(stream.fields)
    this.#record = new CsvRecord(options.delimiter)
    this.#nullText = options.nullText ?? ''
    this.#headers = { ...(options.state as Headers | undefined) }
  }

  decode(block: LineBlock, at: { readonly split: string; readonly firstLine: number }): DecodedLines {
    if (block.kind === 'lines') this.#decodeRecords(block, at)
    else {
      const { head: raw, length, offset } = block
      this.#builder.refuse({ reason: 'decode/line-too-long', column: undefined, raw, length }, { offset, line: at.firstLine })
    }
    return this.#builder.take()
  }

  state(): Headers {
    return { ...this.#headers }
  }

  restore(split: string, kept: unknown): void {
    this.#headers[split] ??= kept as readonly string[]
  }

  forget(split: string): void {
    delete this.#headers[split]
  }

  #decodeRecords(block: LinesBlock, at: { readonly split: string; readonly firstLine: number }): void {
    const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength)
    let { from } = block
    let line = at.firstLine
    if (block.begins === true || block.offset === 0 || this.#headers[at.split] === undefined) {
      if (bytes.subarray(from, from + 3).equals(BYTE_ORDER_MARK)) from += 3
      from = this.#readHeader(bytes, { from, to: block.to, split: at.split })
      line += 1
    }
    const text = isAscii(bytes.subarray(block.from, block.to)) ? bytes.toString('latin1', block.from, block.to) : undefined
    const piece = { bytes, text, from: block.from, header: this.#headers[at.split] }
    const places = this.#fields.map(({ name }) => piece.header.indexOf(name))
    for (; from < block.to; line++) {
      const next = this.#record.read(bytes, from, block.to)
      const end = this.#record.ending === 'open' ? lineAfter(bytes, from, block.to) : next
      this.#take(piece, places, { from, end, offset: block.offset + from - block.from, line })
      from = end
    }
  }

  #readHeader(bytes: Buffer, at: { readonly from: number; readonly to: number; readonly split: string }): number {
    const record = this.#record
    const end = record.read(bytes, at.from, at.to)
    const count = Math.min(record.size, CSV_COLUMNS_MAX)
    this.#headers[at.split] = Array.from({ length: count }, (_, place) => fieldText(bytes, record, place))
    this.#builder.blank()
    return record.ending === 'open' ? lineAfter(bytes, at.from, at.to) : end
  }

  #take(piece: Piece, places: readonly number[], at: { from: number; end: number; offset: number; line: number }): void {
    const raw = withoutEnding(piece.bytes.subarray(at.from, at.end))
    if (raw.length === 0) this.#builder.blank()
    else this.#builder.add(this.#refusal(piece, raw) ?? this.#decodeRow(piece, places), raw, at)
  }

  #refusal(piece: Piece, raw: Buffer): DecodedRow | undefined {
    const { ending, size } = this.#record
    const refuse = (reason: DeadLetterReason): DecodedRow => ({ reason, column: undefined })
    if (raw.length > LINE_BYTES_MAX) return refuse('decode/line-too-long')
    if (ending === 'open') return refuse('decode/unclosed-quote')
    if (ending === 'bad') return refuse('decode/not-this-format')
    if (piece.text === undefined && !isUtf8(raw)) return refuse('decode/invalid-utf8')
    if (raw.includes(0)) return refuse('decode/nul-byte')
    return size === piece.header.length ? undefined : refuse('decode/field-count')
  }

  #decodeRow(piece: Piece, places: readonly number[]): DecodedRow {
    const values: (ExactJson | undefined)[] = []
    for (const [place, column] of places.entries()) values.push(column < 0 ? null : this.#cell(piece, place, column))
    return this.#rows.decodeCells(values)
  }

  #cell(piece: Piece, place: number, column: number): ExactJson | undefined {
    const { starts, ends, quoting } = this.#record
    const text =
      piece.text !== undefined && quoting[column] < 2
        ? piece.text.slice(starts[column] - piece.from, ends[column] - piece.from)
        : fieldText(piece.bytes, this.#record, column)
    const field = this.#fields[place]
    if (quoting[column] === 0 && text === this.#nullText && !(field.type === 'string' && field.nullable !== true)) return null
    return this.#cells[place](text)
  }
}

function fieldText(bytes: Buffer, record: CsvRecord, place: number): string {
  const text = bytes.toString('utf8', record.starts[place], record.ends[place])
  return record.quoting[place] === 2 ? text.replaceAll('""', '"') : text
}

function withoutEnding(line: Buffer): Buffer {
  const newline = line.length > 0 && line[line.length - 1] === 0x0a ? line.length - 1 : line.length
  return line.subarray(0, newline > 0 && line[newline - 1] === 0x0d ? newline - 1 : newline)
}

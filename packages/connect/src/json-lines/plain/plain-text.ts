import { type Column, EntryCoder, grown, type Value } from '@millrace/columnar'
import { NOT_PLAIN, type PlainColumn, PlainNulls, ROWS_MIN } from './plain-column.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const CONTROL_MAX = 0x1f

/** Texts without escapes, whose bytes are known to be UTF-8. */
export class PlainText implements PlainColumn {
  readonly #nulls = new PlainNulls()
  readonly #coder = new EntryCoder()
  #codes = new Int32Array(ROWS_MIN)

  read(row: number, bytes: Uint8Array, at: number): number {
    const end = textEnd(bytes, at)
    if (end === NOT_PLAIN) return NOT_PLAIN
    this.#put(row, this.#coder.codeOf(bytes, at + 1, end))
    return end + 1
  }

  set(row: number, value: Value): void {
    if (value === null) {
      this.#put(row, 0)
      this.#nulls.mark(row)
      return
    }
    const bytes = Buffer.from(value as string)
    this.#put(row, this.#coder.codeOf(bytes, 0, bytes.length))
  }

  #put(row: number, code: number): void {
    this.#codes = grown(this.#codes, row + 1)
    this.#codes[row] = code
    this.#nulls.clear(row)
  }

  take(rows: number): Column {
    return { kind: 'string', codes: this.#codes.slice(0, rows), dictionary: this.#coder.take(rows), nulls: this.#nulls.take(rows) }
  }
}

/** The place of the quote that ends the text which begins at `at`, or `NOT_PLAIN`. */
export function textEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_PLAIN
  for (let end = at + 1; end < bytes.length; end++) {
    const byte = bytes[end]
    if (byte === QUOTE) return end
    if (byte === BACKSLASH || byte <= CONTROL_MAX) return NOT_PLAIN
  }
  return NOT_PLAIN
}

import { type Column, grown, type Value } from '@millrace/columnar'
import { NOT_PLAIN, type PlainColumn, PlainNulls, ROWS_MIN } from './plain-column.ts'

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** `true` and `false`. */
export class PlainFlag implements PlainColumn {
  readonly #nulls = new PlainNulls()
  #values = new Uint8Array(ROWS_MIN)

  read(row: number, bytes: Uint8Array, at: number): number {
    const word = bytes[at] === TRUE[0] ? TRUE : FALSE
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return NOT_PLAIN
    this.#put(row, word === TRUE ? 1 : 0)
    return at + word.length
  }

  set(row: number, value: Value): void {
    this.#put(row, value === true ? 1 : 0)
    if (value === null) this.#nulls.mark(row)
  }

  #put(row: number, value: number): void {
    this.#values = grown(this.#values, row + 1)
    this.#values[row] = value
    this.#nulls.clear(row)
  }

  take(rows: number): Column {
    return { kind: 'boolean', values: this.#values.slice(0, rows), nulls: this.#nulls.take(rows) }
  }
}

import type { Column, Value } from '@millrace/columnar'
import type { FieldReader } from '../field-reader.ts'
import { plainTime } from '../plain-time.ts'
import { NOT_PLAIN, type PlainColumn } from './plain-column.ts'
import { PlainNumber } from './plain-number.ts'
import { textEnd } from './plain-text.ts'

const TIME_LENGTH_MAX = 24

/** Times as text, `YYYY-MM-DDTHH:MM:SSZ`, also with milliseconds. */
export class PlainTime implements PlainColumn {
  readonly #field: FieldReader
  readonly #values: PlainNumber

  constructor(field: FieldReader) {
    this.#field = field
    this.#values = new PlainNumber('timestamp', field)
  }

  read(row: number, bytes: Buffer, at: number): number {
    const end = textEnd(bytes, at)
    if (end === NOT_PLAIN || end - at - 1 > TIME_LENGTH_MAX) return NOT_PLAIN
    const time = plainTime(bytes.toString('latin1', at + 1, end))
    if (time === undefined || this.#field.inRange?.(time) === false) return NOT_PLAIN
    this.#values.set(row, time)
    return end + 1
  }

  set(row: number, value: Value): void {
    this.#values.set(row, value)
  }

  take(rows: number): Column {
    return this.#values.take(rows)
  }
}

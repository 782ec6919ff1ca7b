import { type Batch, type Column, takeColumn } from '@millrace/columnar'
import { nullColumn } from '../join/joined-rows.ts'
import { registerColumn } from './ordered-rows.ts'

/** In place of a row: there is none. */
export const NOBODY = -1

/** Columns of some rows of a batch, nulls where there is no row. */
export class RowsOrNone {
  readonly #batch: Batch
  readonly #rows: Int32Array
  readonly #nulls: Uint8Array | null

  constructor(batch: Batch, rows: Int32Array) {
    this.#batch = batch
    this.#rows = rows.map((row) => Math.max(0, row))
    this.#nulls = rows.includes(NOBODY) ? Uint8Array.from(rows, (row) => Number(row === NOBODY)) : null
  }

  column(register: number, type: string): Column {
    if (this.#batch.rows === 0) return nullColumn(type, this.#rows.length)
    const column = takeColumn(registerColumn(this.#batch, register), this.#rows)
    if (this.#nulls === null) return column
    const nulls = this.#nulls
    return { ...column, nulls: column.nulls === null ? nulls : column.nulls.map((one, i) => one | nulls[i]) } as Column
  }
}

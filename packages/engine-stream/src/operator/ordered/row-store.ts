import type { Batch, Column, Field } from '@millrace/columnar'
import type { RegisterColumn } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import { type ColumnStore, columnStore } from './column-store.ts'

/** Rows that are kept, column by column, and found by their ids: the number in which they came. */
export class RowStore {
  readonly fields: readonly Field[]
  readonly #registers: readonly number[]
  readonly #columns: readonly ColumnStore[]
  #size = 0

  constructor(columns: readonly RegisterColumn[]) {
    this.fields = registerFields(columns)
    this.#registers = columns.map(({ register }) => register)
    this.#columns = columns.map(({ type }) => columnStore(type))
  }

  get bytes(): number {
    return this.#columns.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get size(): number {
    return this.#size
  }

  /** Adds the batch's rows; their ids go on from `size`. */
  append({ rows, columns }: Batch): void {
    for (const [place, store] of this.#columns.entries()) store.append(columns[place], rows)
    this.#size += rows
  }

  rowsOf(ids: Int32Array): Batch {
    return { rows: ids.length, fields: this.fields, columns: this.#columns.map((store) => store.take(ids)) }
  }

  /** Rows one after the other, for a page: dictionaries may hold a text twice. */
  slice(first: number, rows: number): Batch {
    return { rows, fields: this.fields, columns: this.#columns.map((store) => store.slice(first, rows)) }
  }

  /** The values of a register in the rows with these ids. */
  take(register: number, ids: Int32Array): Column {
    return this.#columns[this.#registers.indexOf(register)].take(ids)
  }

  /** The values of a register, each at its row's id, as long as nothing is added. */
  view(register: number): Column {
    return this.#columns[this.#registers.indexOf(register)].view()
  }

  /** Whether the row with this id has the values of a batch's row. */
  equals(id: number, batch: Batch, row: number): boolean {
    return this.#columns.every((store, place) => store.equals(id, batch.columns[place], row))
  }
}

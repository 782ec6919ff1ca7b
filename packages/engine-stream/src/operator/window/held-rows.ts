import { type Batch, type Column, concatBatches, type Field, takeColumn, takeRows } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { RegisterColumn } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import { bytesOfColumns } from './growable.ts'

const CLOSED_FIELD: Field = { name: 'closed', type: 'timestamp', nullable: false }
/** Parts that are joined into one. */
const PARTS_MAX = 16

/**
 * Rows that wait for windows which they missed by their own stamp and which have not fired yet, because another partition's stamps
 * are behind. Each is added right after the last window that it missed has fired.
 */
export class HeldRows {
  /** Whether something came or went since this was last set to false. */
  changed = false
  readonly #columns: readonly RegisterColumn[]
  #parts: Batch[] = []
  #least = Number.POSITIVE_INFINITY

  constructor(columns: readonly RegisterColumn[]) {
    this.#columns = columns
  }

  /** The least end number that a row waits for; infinity when none waits. */
  get least(): number {
    return this.#least
  }

  get rows(): number {
    return this.#parts.reduce((sum, part) => sum + part.rows, 0)
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { columns }) => sum + bytesOfColumns(columns), 0)
  }

  /** Takes rows of a frame; `closed` is, in parallel, the end number of the last window that each missed. */
  add(frame: Frame, rows: Int32Array, closed: Float64Array): void {
    const columns = this.#columns.map(({ register }) => takeColumn(frame.column(register), rows))
    this.addBatch({ rows: rows.length, fields: this.#fields(), columns: [...columns, { kind: 'timestamp', values: closed, nulls: null }] })
  }

  addBatch(batch: Batch): void {
    this.changed = true
    this.#parts.push(batch)
    if (this.#parts.length > PARTS_MAX) this.#parts = [concatBatches(this.#parts)]
    for (const end of endsOf(batch)) this.#least = Math.min(this.#least, end)
  }

  /** Takes out the rows that wait for the end number `closed`, by register. */
  take(closed: number): { readonly rows: number; readonly columns: readonly (readonly [number, Column])[] } {
    this.changed = true
    const all = this.all() as Batch
    const ends = endsOf(all)
    const rows = Int32Array.from(ends.keys())
    const due = takeRows(
      all,
      rows.filter((row) => ends[row] === closed),
    )
    const rest = rows.filter((row) => ends[row] !== closed)
    this.#parts = rest.length === 0 ? [] : [takeRows(all, rest)]
    this.#least = rest.reduce((least, row) => Math.min(least, ends[row]), Number.POSITIVE_INFINITY)
    return { rows: due.rows, columns: this.#columns.map(({ register }, place) => [register, due.columns[place]] as const) }
  }

  /** All rows as one batch, for the state's pages; undefined when there are none. */
  all(): Batch | undefined {
    return this.#parts.length === 0 ? undefined : concatBatches(this.#parts)
  }

  #fields(): Field[] {
    return [...registerFields(this.#columns), CLOSED_FIELD]
  }
}

function endsOf(batch: Batch): Float64Array {
  return (batch.columns[batch.columns.length - 1] as Column & { readonly kind: 'timestamp' }).values
}

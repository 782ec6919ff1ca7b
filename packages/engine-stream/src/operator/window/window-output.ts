import type { Column, Field } from '@millrace/columnar'
import type { AggregatePlan } from '../physical-plan.ts'
import { grown } from './growable.ts'
import type { KeyTable } from './key-table.ts'
import { OutputColumn } from './output-column.ts'

/** Rows of an output batch. */
export const OUTPUT_ROWS_MAX = 16_384

export interface WindowBounds {
  readonly start: number
  readonly end: number
  readonly availableAt: number
}

/** Window rows under construction, column by column. */
export class WindowOutput {
  readonly aggregates: readonly OutputColumn[]
  size = 0
  readonly #keyFields: readonly Field[]
  readonly #names: readonly string[]
  #starts = new Float64Array(0)
  #ends = new Float64Array(0)
  #availableAt = new Float64Array(0)
  #keys = new Int32Array(0)

  constructor(keyFields: readonly Field[], aggregates: readonly AggregatePlan[]) {
    this.#keyFields = keyFields
    this.#names = aggregates.map((aggregate) => aggregate.name)
    this.aggregates = aggregates.map((aggregate) => new OutputColumn(aggregate.field))
  }

  get room(): number {
    return OUTPUT_ROWS_MAX - this.size
  }

  /** Makes room for the aggregates of `count` more rows. */
  ensure(count: number): void {
    for (const column of this.aggregates) column.ensure(this.size + count)
  }

  /** Adds the windows and keys of `count` rows; the aggregates' columns are filled from the present `size` on beforehand. */
  append(bounds: WindowBounds, keys: Int32Array, from: number, count: number): void {
    const at = this.size
    this.#starts = grown(this.#starts, at + count)
    this.#ends = grown(this.#ends, at + count)
    this.#availableAt = grown(this.#availableAt, at + count)
    this.#keys = grown(this.#keys, at + count)
    this.#starts.fill(bounds.start, at, at + count)
    this.#ends.fill(bounds.end, at, at + count)
    this.#availableAt.fill(bounds.availableAt, at, at + count)
    for (let k = 0; k < count; k++) this.#keys[at + k] = keys[from + k]
    this.size += count
  }

  /** The collected rows by column name; construction starts anew. */
  take(keys: KeyTable): { readonly rows: number; readonly columns: ReadonlyMap<string, Column> } {
    const rows = this.size
    const time = (values: Float64Array): Column => ({ kind: 'timestamp', values, nulls: null })
    const columns = new Map<string, Column>([
      ['window_start', time(this.#starts.slice(0, rows))],
      ['window_end', time(this.#ends.slice(0, rows))],
      ['_event_time', time(this.#ends.slice(0, rows).map((end) => end - 1))],
      ['_available_at', time(this.#availableAt.slice(0, rows))],
    ])
    for (const [place, column] of keys.columnsOf(this.#keys, rows).entries()) columns.set(this.#keyFields[place].name, column)
    for (const [place, aggregate] of this.aggregates.entries()) columns.set(this.#names[place], aggregate.take(rows))
    this.size = 0
    return { rows, columns }
  }
}

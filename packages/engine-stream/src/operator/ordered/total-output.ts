import type { Column, Field } from '@millrace/columnar'
import type { AggregatePlan } from '../physical-plan.ts'
import type { RowSource } from '../row-source.ts'
import { OutputColumn } from '../window/output-column.ts'
import { changeColumn } from './change.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { ROWS_OUT_MAX } from './row-operator.ts'

/** Rows of keys and aggregates with what they change, as a row source. */
export class TotalOutput {
  readonly columns: readonly OutputColumn[]
  readonly #aggregates: readonly AggregatePlan[]
  readonly #keyFields: readonly Field[]

  constructor(keyFields: readonly Field[], aggregates: readonly AggregatePlan[]) {
    this.#keyFields = keyFields
    this.#aggregates = aggregates
    this.columns = aggregates.map(({ field }) => new OutputColumn(field, ROWS_OUT_MAX))
  }

  /** The rows whose aggregates were put into `columns`. Without a window they have no event time. */
  take(rows: {
    readonly keys: readonly Column[]
    readonly changes: Int32Array
    readonly availableAt: number
    readonly window?: { readonly start: number; readonly end: number }
  }): RowSource {
    const count = rows.changes.length
    const { start = 0, end = 1 } = rows.window ?? {}
    const aggregates = this.columns.map((column) => column.take(count))
    return new GatheredRows(
      count,
      new Map<string, () => Column>([
        ['_event_time', () => sameTime(count, end - 1)],
        ['window_start', () => sameTime(count, start)],
        ['window_end', () => sameTime(count, end)],
        ['_available_at', () => sameTime(count, rows.availableAt)],
        ['_op', () => changeColumn(rows.changes)],
        ...this.#keyFields.map(({ name }, place): [string, () => Column] => [name, () => rows.keys[place]]),
        ...this.#aggregates.map(({ name }, place): [string, () => Column] => [name, () => aggregates[place]]),
      ]),
    )
  }
}

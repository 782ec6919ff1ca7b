import type { Column, Field } from '@millrace/columnar'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { KeyTable } from '../window/key-table.ts'
import { OutputColumn } from '../window/output-column.ts'
import type { Tile } from '../window/tile.ts'
import { changeColumn } from './change.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { parts, type RowOperatorOptions } from './row-operator.ts'

/** What is said of rows of keys and aggregates. */
interface SaidRows {
  readonly changes: Int32Array
  readonly availableAt: number
  /** Without a window rows have no event time. */
  readonly window?: { readonly start: number; readonly end: number }
}

/** Hands on rows of keys and aggregates with what they change. */
export class TotalOutput {
  /** Where the aggregates of the rows to be given are put. */
  readonly columns: readonly OutputColumn[]
  readonly #options: RowOperatorOptions
  readonly #aggregates: readonly AggregatePlan[]
  readonly #keyFields: readonly Field[]

  constructor(keyFields: readonly Field[], aggregates: readonly AggregatePlan[], options: RowOperatorOptions) {
    this.#options = options
    this.#keyFields = keyFields
    this.#aggregates = aggregates
    this.columns = aggregates.map(({ field }) => new OutputColumn(field))
  }

  /** Gives groups of a tile; `changes` stand in parallel to `slots`. */
  giveTile(
    tile: Tile,
    {
      slots,
      aggregates,
      keys,
      ...said
    }: SaidRows & {
      readonly slots: Int32Array
      readonly aggregates: readonly WindowedAggregate[]
      readonly keys: KeyTable
    },
  ): void {
    const { counters } = this.#options
    for (const part of parts(slots.length)) {
      const groups = part.map((place) => slots[place])
      const count = groups.length
      for (const [place, out] of this.columns.entries()) {
        out.ensure(count)
        aggregates[place].emitTile(tile, { groups, from: 0, count, at: 0 }, { out, counts: counters })
      }
      const keyIds = groups.map((slot) => tile.keyIds[slot])
      this.give(keys.columnsOf(keyIds, count), { ...said, changes: part.map((place) => said.changes[place]) })
    }
  }

  /** Gives the rows whose aggregates were put into `columns`. */
  give(keys: readonly Column[], { changes, availableAt, window }: SaidRows): void {
    const count = changes.length
    const { start = 0, end = 1 } = window ?? {}
    const aggregates = this.columns.map((column) => column.take(count))
    this.#options.counters.rowsOut += count
    this.#options.onOutput(
      new GatheredRows(
        count,
        new Map<string, () => Column>([
          ['_event_time', () => sameTime(count, end - 1)],
          ['window_start', () => sameTime(count, start)],
          ['window_end', () => sameTime(count, end)],
          ['_available_at', () => sameTime(count, availableAt)],
          ['_op', () => changeColumn(changes)],
          ...this.#keyFields.map(({ name }, place): [string, () => Column] => [name, () => keys[place]]),
          ...this.#aggregates.map(({ name }, place): [string, () => Column] => [name, () => aggregates[place]]),
        ]),
      ),
    )
  }
}

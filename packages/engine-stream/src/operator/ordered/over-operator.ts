import type { Column } from '@millrace/columnar'
import { takeColumn } from '@millrace/columnar'
import { aggregateRegisters } from '../aggregate/aggregate-registers.ts'
import { compactValues, distinctValues } from '../aggregate/compact-values.ts'
import { createAggregates } from '../aggregate/create-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { OverPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { OutputColumn } from '../window/output-column.ts'
import { newTile, type Tile } from '../window/tile.ts'
import { TileList } from '../window/tile-list.ts'
import { GatheredRows } from './gathered-rows.ts'
import type { OrderedRows } from './ordered-rows.ts'
import { RowHold } from './row-hold.ts'
import { keptSystemColumns, ROWS_OUT_MAX, type RowOperator, type RowOperatorOptions } from './row-operator.ts'

/** A key table below this size is not made anew. */
const KEYS_MIN = 4096

/**
 * Each row with aggregates over the rows of its key in [time − range, time].
 * 1. Rows wait until no row before them comes any more, and are then looked at in order.
 * 2. Rows of one time are a tile (`Tile`), which enters the running window before they are given and expires when the window has moved
 *    past it: the aggregates follow as they follow hopping windows, one step per time that occurs.
 * 3. The rows themselves are kept while the window holds them, for tiles are not written down.
 */
export class OverOperator implements RowOperator {
  readonly #plan: OverPlan
  readonly #options: RowOperatorOptions
  readonly #waiting: RowHold
  readonly #past: RowHold
  readonly #aggregates: readonly WindowedAggregate[]
  readonly #tiles = new TileList()
  readonly #out: readonly OutputColumn[]
  #keys: KeyTable
  #compactAt = KEYS_MIN
  #slots = new Int32Array(64)
  /** Rows of the present firing that are given already. */
  #given = 0

  constructor(plan: OverPlan, options: RowOperatorOptions) {
    const { columns } = options.inputs[0]
    const read = new Set([plan.rows.time, ...plan.rows.keys, ...plan.aggregates.flatMap(aggregateRegisters)])
    this.#plan = plan
    this.#options = options
    this.#waiting = new RowHold(plan.rows, columns)
    this.#past = new RowHold(
      { ...plan.rows, arrival: null, position: null, ties: [] },
      columns.filter(({ register }) => read.has(register)),
    )
    this.#aggregates = createAggregates(plan.aggregates)
    this.#out = plan.aggregates.map(({ field }) => new OutputColumn(field))
    this.#keys = new KeyTable(plan.rows.keyFields)
  }

  push(_input: number, frame: Frame): void {
    this.#waiting.push(frame)
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const rows = this.#waiting.take(progress)
    if (rows !== undefined) {
      this.#given = 0
      this.#enterRows(rows, (keyIds, from, to) => this.#give(rows, { keyIds, from, to }, availableAt))
      this.#past.keep(rows)
    }
    this.#past.drop(progress - this.#plan.rangeMs)
  }

  /** Moves the running window over the rows; `visit` sees the rows of each time while the window ends there. */
  #enterRows(rows: OrderedRows, visit: (keyIds: Int32Array, from: number, to: number) => void): void {
    const { times } = rows
    const range = { selection: null, count: rows.rows, rows: rows.rows }
    const keyIds = this.#keys.idsOf(
      this.#plan.rows.keys.map((register) => rows.column(register)),
      range,
    )
    const frame = rows.frame(this.#options.inputs[0].registers)
    for (const aggregate of this.#aggregates) {
      aggregate.ensureKeys(this.#keys.size)
      aggregate.prepare(frame)
    }
    for (let from = 0; from < rows.rows; ) {
      let to = from + 1
      while (to < rows.rows && times[to] === times[from]) to++
      this.#expireBefore(times[from] - this.#plan.rangeMs)
      this.#enter(times[from], { keyIds, from, to })
      visit(keyIds, from, to)
      from = to
    }
  }

  #expireBefore(time: number): void {
    for (let tile = this.#tiles.first(); tile !== undefined && tile.index < time; tile = this.#tiles.first()) {
      for (const aggregate of this.#aggregates) aggregate.expire(tile, this.#entered)
      this.#tiles.removeFirst()
    }
  }

  readonly #entered = (): readonly Tile[] => this.#tiles.all()

  #enter(time: number, { keyIds, from, to }: { readonly keyIds: Int32Array; readonly from: number; readonly to: number }): void {
    const count = to - from
    const tile = newTile(this.#aggregates, { index: time, groups: count })
    const rows = new Int32Array(count)
    for (let k = 0; k < count; k++) rows[k] = from + k
    this.#slots = grown(this.#slots, count)
    tile.slotsOf(keyIds.subarray(from, to), count, this.#slots)
    for (const aggregate of this.#aggregates) aggregate.update(tile, { rows, groups: this.#slots, count })
    tile.entered = true
    this.#tiles.add(tile)
    for (const aggregate of this.#aggregates) aggregate.enter(tile)
  }

  /** Collects the aggregates of rows that follow on those collected before, and gives what fills a batch or is the rest. */
  #give(rows: OrderedRows, at: { readonly keyIds: Int32Array; readonly from: number; readonly to: number }, availableAt: number): void {
    for (let { from } = at; from < at.to; ) {
      const collected = from - this.#given
      const count = Math.min(ROWS_OUT_MAX - collected, at.to - from)
      this.#emit(at.keyIds, { from, count, at: collected })
      from += count
      if (from - this.#given === ROWS_OUT_MAX || from === rows.rows) this.#flush(rows, from, availableAt)
    }
  }

  #emit(groups: Int32Array, range: { readonly from: number; readonly count: number; readonly at: number }): void {
    for (const [place, aggregate] of this.#aggregates.entries()) {
      this.#out[place].ensure(range.at + range.count)
      aggregate.emitRunning({ groups, ...range }, { out: this.#out[place], counts: this.#options.counters }, this.#entered)
    }
  }

  #flush(rows: OrderedRows, to: number, availableAt: number): void {
    const from = this.#given
    const count = to - from
    const chosen = Int32Array.from({ length: count }, (_, i) => from + i)
    const take = (column: Column): Column => (count === rows.rows ? column : takeColumn(column, chosen))
    const aggregates = this.#out.map((column) => column.take(count))
    this.#given = to
    this.#options.counters.rowsOut += count
    this.#options.onOutput(
      new GatheredRows(
        count,
        new Map([
          ...keptSystemColumns(rows, this.#plan.rows, { rows: count, availableAt, take }),
          ...this.#plan.rows.columns.map(({ name, register }) => [name, () => take(rows.column(register))] as const),
          ...this.#plan.aggregates.map(({ name }, place) => [name, () => aggregates[place]] as const),
        ]),
      ),
    )
  }

  get dueAt(): number {
    return this.#waiting.least
  }

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    const valuesDropped = compactValues(this.#aggregates, this.#tiles.all())
    if (!valuesDropped && this.#keys.size <= this.#compactAt) return
    this.#rebuild()
    this.#compactAt = Math.max(KEYS_MIN, this.#keys.size * 2)
  }

  /** Makes keys and running window anew from the rows that it holds. */
  #rebuild(): void {
    for (let tile = this.#tiles.first(); tile !== undefined; tile = this.#tiles.first()) this.#tiles.removeFirst()
    for (const aggregate of this.#aggregates) aggregate.reset()
    this.#keys = new KeyTable(this.#plan.rows.keyFields)
    const rows = this.#past.all()
    if (rows !== undefined) this.#enterRows(rows, () => {})
  }

  get bytes(): number {
    return (
      this.#waiting.bytes +
      this.#past.bytes +
      this.#keys.bytes +
      this.#tiles.bytes +
      this.#aggregates.reduce((sum, { bytes }) => sum + bytes, 0)
    )
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: distinctValues(this.#aggregates) }
  }

  *takePages(): Generator<StatePage> {
    yield* this.#waiting.takePages('waiting')
    yield* this.#past.takePages('past')
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    this.#waiting.restore('waiting', pages, progress)
    this.#past.restore('past', pages, progress - this.#plan.rangeMs)
    this.#rebuild()
  }
}

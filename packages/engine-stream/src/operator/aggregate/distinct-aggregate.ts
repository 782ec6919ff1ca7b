import type { Frame } from '../frame.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import { renumbered } from '../window/renumbered.ts'
import type { Tile, TileState } from '../window/tile.ts'
import { compactedTable, type ValueTable, valueTable } from '../window/value-table.ts'
import type { AggregateInput, EmitRange, GroupedRows } from './aggregate-state.ts'
import { DistinctState } from './distinct-state.ts'
import { DistinctWindowState } from './distinct-window-state.ts'
import { type EmitTarget, inputOf, type WindowedAggregate } from './windowed-aggregate.ts'

/** Without a `max`, as many values as a 32-bit count holds. */
const DISTINCT_MAX = 2 ** 31 - 3
/** A value table below this size is not compacted. */
const VALUES_MIN = 65_536

/** Exact distinct counts up to a maximum; the running window counts in how many of its tiles each pair of key and value lies. */
export class DistinctAggregate implements WindowedAggregate {
  readonly #plan: AggregatePlan
  readonly #place: number
  readonly #max: number
  readonly #running: DistinctWindowState
  #values: ValueTable
  /** Size of the value table at which it is compacted next. */
  #compactAt = VALUES_MIN
  /** Entries of the tile that entered last: a new one begins with room for as many. */
  #entriesExpected = 0
  #input: AggregateInput = { column: null, take: null, ids: null }

  constructor(plan: AggregatePlan, place: number) {
    this.#plan = plan
    this.#place = place
    this.#max = Math.min(plan.max ?? DISTINCT_MAX, DISTINCT_MAX)
    this.#running = new DistinctWindowState(this.#max)
    this.#values = valueTable(plan.argumentType ?? 'boolean')
  }

  /** The table in which the tiles' values are numbered. */
  get values(): ValueTable {
    return this.#values
  }

  stateOf(tile: Tile): DistinctState {
    return tile.states[this.#place] as DistinctState
  }

  newTileState(): TileState {
    return new DistinctState({ entriesMax: this.#max + 1, entries: this.#entriesExpected })
  }

  prepare(frame: Frame): void {
    const input = inputOf(this.#plan, frame)
    this.#input = { ...input, ids: input.column === null ? null : this.#values.idsOf(input.column, frame) }
  }

  update(tile: Tile, rows: GroupedRows): void {
    this.stateOf(tile).update(this.#input.ids as Int32Array, this.#input.take, rows)
  }

  updateEntered(tile: Tile, { rows, groups, count }: GroupedRows, keys: Int32Array): void {
    const { ids, take } = this.#input
    const state = this.stateOf(tile)
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const value = (ids as Int32Array)[row]
      if (state.add(groups[k], value)) this.#running.add(keys[k], value)
    }
  }

  ensureKeys(keys: number): void {
    this.#running.ensure(keys)
  }

  enter(tile: Tile): void {
    const { groups, values, size } = this.stateOf(tile)
    this.#entriesExpected = size
    for (let entry = 0; entry < size; entry++) this.#running.add(tile.keyIds[groups[entry]], values[entry])
  }

  expire(tile: Tile): void {
    const { groups, values, size } = this.stateOf(tile)
    for (let entry = 0; entry < size; entry++) this.#running.remove(tile.keyIds[groups[entry]], values[entry])
  }

  reset(): void {
    this.#running.clear()
  }

  emitTile(tile: Tile, range: EmitRange, { out, counts }: EmitTarget): void {
    this.stateOf(tile).emit(range, out, counts)
  }

  emitRunning(range: EmitRange, { out, counts }: EmitTarget): void {
    this.#running.emit(range, out, counts)
  }

  /** Whether the value table has grown so much that `compact` is due. */
  get compactDue(): boolean {
    return this.#values.size > this.#compactAt
  }

  /** Drops values that no tile holds. The running window must be reset and filled again. */
  compact(tiles: readonly Tile[]): void {
    const used = new Uint8Array(this.#values.size)
    for (const tile of tiles) {
      const { values, size } = this.stateOf(tile)
      for (let entry = 0; entry < size; entry++) used[values[entry]] = 1
    }
    const type = this.#plan.argumentType ?? 'boolean'
    const { table, newIds } = renumbered(used, (ids) => compactedTable(this.#values, { ids, type }))
    for (const tile of tiles) this.stateOf(tile).renumber(newIds)
    this.#values = table
    this.#compactAt = Math.max(VALUES_MIN, table.size * 2)
  }
}

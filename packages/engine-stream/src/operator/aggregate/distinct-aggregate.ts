import type { Frame } from '../frame.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { Tile, TileState } from '../window/tile.ts'
import type { AggregateInput, EmitRange, GroupedRows } from './aggregate-state.ts'
import { DistinctState } from './distinct-state.ts'
import type { DistinctValues } from './distinct-values.ts'
import { DistinctWindowState } from './distinct-window-state.ts'
import { type EmitTarget, inputOf, type WindowedAggregate } from './windowed-aggregate.ts'

/** Without a `max`, as many values as a 32-bit count holds. */
const DISTINCT_MAX = 2 ** 31 - 3
/** Exact distinct counts up to a maximum; the running window counts in how many of its tiles each pair of key and value lies. */
export class DistinctAggregate implements WindowedAggregate {
  readonly values: DistinctValues
  readonly #plan: AggregatePlan
  readonly #place: number
  readonly #max: number
  readonly #running: DistinctWindowState
  readonly #looks: boolean
  /** Entries of the tile that entered last: a new one begins with room for as many. */
  #entriesExpected = 0
  #input: AggregateInput = { column: null, take: null, ids: null }

  constructor(plan: AggregatePlan, place: number, values: DistinctValues) {
    this.#plan = plan
    this.#place = place
    this.#max = Math.min(plan.max ?? DISTINCT_MAX, DISTINCT_MAX)
    this.#running = new DistinctWindowState(this.#max)
    this.values = values
    this.#looks = values.addCount(place)
  }

  stateOf(tile: Tile): DistinctState {
    return tile.states[this.#place] as DistinctState
  }

  get bytes(): number {
    return this.#running.bytes + (this.#looks ? this.values.table.bytes : 0)
  }

  newTileState(): TileState {
    return new DistinctState({ entriesMax: this.#max + 1, entries: this.#entriesExpected })
  }

  prepare(frame: Frame): void {
    const input = inputOf(this.#plan, frame)
    if (this.#looks && input.column !== null) this.values.look(input.column, frame)
    this.#input = { ...input, ids: this.values.ids }
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
}

import type { Frame } from '../frame.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import type { Tile, TileState } from '../window/tile.ts'
import type { AggregateInput, EmitRange, GroupedRows, UndoableState } from './aggregate-state.ts'
import { type EmitTarget, inputOf, type WindowedAggregate } from './windowed-aggregate.ts'

/** An aggregate whose running window adds the tile that enters and takes out the one that expires. */
export class UndoableAggregate implements WindowedAggregate {
  readonly #plan: AggregatePlan
  readonly #place: number
  readonly #newState: () => UndoableState
  readonly #running: UndoableState
  #input: AggregateInput = { column: null, take: null, ids: null }

  constructor(plan: AggregatePlan, place: number, newState: () => UndoableState) {
    this.#plan = plan
    this.#place = place
    this.#newState = newState
    this.#running = newState()
  }

  #stateOf(tile: Tile): UndoableState {
    return tile.states[this.#place] as UndoableState
  }

  get bytes(): number {
    return this.#running.bytes
  }

  newTileState(): TileState {
    return this.#newState()
  }

  prepare(frame: Frame): void {
    this.#input = inputOf(this.#plan, frame)
  }

  update(tile: Tile, rows: GroupedRows): void {
    this.#stateOf(tile).update(this.#input, rows)
  }

  updateEntered(tile: Tile, rows: GroupedRows, keys: Int32Array): void {
    this.update(tile, rows)
    this.#running.update(this.#input, { ...rows, groups: keys })
  }

  ensureKeys(keys: number): void {
    this.#running.ensure(keys)
  }

  enter(tile: Tile): void {
    const state = this.#stateOf(tile)
    for (let slot = 0; slot < tile.size; slot++) this.#running.merge(tile.keyIds[slot], state, slot)
  }

  expire(tile: Tile): void {
    const state = this.#stateOf(tile)
    for (let slot = 0; slot < tile.size; slot++) this.#running.unmerge(tile.keyIds[slot], state, slot)
  }

  reset(): void {
    this.#running.clear()
  }

  emitTile(tile: Tile, range: EmitRange, { out, counts }: EmitTarget): void {
    this.#stateOf(tile).emit(range, out, counts)
  }

  emitRunning(range: EmitRange, { out, counts }: EmitTarget): void {
    this.#running.emit(range, out, counts)
  }
}

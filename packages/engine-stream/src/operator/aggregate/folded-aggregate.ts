import type { Frame } from '../frame.ts'
import type { AggregatePlan } from '../physical-plan.ts'
import { bytesIn } from '../window/growable.ts'
import type { Tile, TileState } from '../window/tile.ts'
import type { AggregateInput, AggregateState, EmitRange, GroupedRows } from './aggregate-state.ts'
import { type EmitTarget, inputOf, type WindowedAggregate } from './windowed-aggregate.ts'

/**
 * An aggregate that cannot be undone, over a sliding window, in constant amortised work per tile and key (two stacks):
 * 1. The window's tiles are cut in two. The later ones, the back, are merged per key into `#back` as they enter.
 * 2. For the earlier ones, the front, `#front` holds per key the fold over all of them, and each tile's suffix holds, per group, the
 *    fold over the front's tiles after it.
 * 3. When a front tile expires, `#front` of its keys becomes its suffix.
 * 4. When the earliest tile lies in the back, all tiles become front: from the latest to the earliest, a tile's suffix takes over
 *    `#front` of its keys, then `#front` merges the tile.
 * A late row for a front tile makes the folds wrong; they are then made anew before they are next used, with the same cut: what
 * comes late is mostly not very late, so it soon falls into the back.
 */
export class FoldedAggregate implements WindowedAggregate {
  readonly #plan: AggregatePlan
  readonly #place: number
  readonly #newState: () => AggregateState
  readonly #front: AggregateState
  readonly #back: AggregateState
  readonly #scratch: AggregateState
  /** Tiles with a lower index are front. */
  #frontEnd = Number.NEGATIVE_INFINITY
  #stale = false
  #keys = 0
  #ordinals = new Int32Array(0)
  #input: AggregateInput = { column: null, take: null, ids: null }

  constructor(plan: AggregatePlan, place: number, newState: () => AggregateState) {
    this.#plan = plan
    this.#place = place
    this.#newState = newState
    this.#front = newState()
    this.#back = newState()
    this.#scratch = newState()
  }

  #stateOf(tile: Tile): AggregateState {
    return tile.states[this.#place] as AggregateState
  }

  get bytes(): number {
    return this.#front.bytes + this.#back.bytes + this.#scratch.bytes + bytesIn(this.#ordinals)
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
    if (tile.index < this.#frontEnd) this.#stale = true
    else this.#back.update(this.#input, { ...rows, groups: keys })
  }

  ensureKeys(keys: number): void {
    this.#keys = keys
    this.#front.ensure(keys)
    this.#back.ensure(keys)
  }

  enter(tile: Tile): void {
    const state = this.#stateOf(tile)
    for (let slot = 0; slot < tile.size; slot++) this.#back.merge(tile.keyIds[slot], state, slot)
  }

  expire(tile: Tile, entered: () => readonly Tile[]): void {
    if (tile.index >= this.#frontEnd) this.#fold(entered(), Number.POSITIVE_INFINITY)
    else if (this.#stale) this.#fold(entered(), this.#frontEnd)
    const suffix = tile.suffixes[this.#place]
    for (let slot = 0; suffix !== undefined && slot < tile.size; slot++) this.#front.copy(tile.keyIds[slot], suffix, slot)
  }

  /** Makes both folds anew, with the tiles below `frontEnd` as front. */
  #fold(entered: readonly Tile[], frontEnd: number): void {
    this.reset()
    for (let place = entered.length - 1; place >= 0; place--) {
      const tile = entered[place]
      if (tile.index < frontEnd) this.#foldFront(tile)
      else this.enter(tile)
    }
    this.#frontEnd = Math.min(frontEnd, (entered.at(-1)?.index ?? Number.NEGATIVE_INFINITY) + 1)
  }

  #foldFront(tile: Tile): void {
    const suffix = this.#newState()
    suffix.ensure(tile.size)
    tile.suffixes[this.#place] = suffix
    const state = this.#stateOf(tile)
    for (let slot = 0; slot < tile.size; slot++) {
      suffix.copy(slot, this.#front, tile.keyIds[slot])
      this.#front.merge(tile.keyIds[slot], state, slot)
    }
  }

  reset(): void {
    this.#front.clear()
    this.#back.clear()
    this.#front.ensure(this.#keys)
    this.#back.ensure(this.#keys)
    this.#frontEnd = Number.NEGATIVE_INFINITY
    this.#stale = false
  }

  emitTile(tile: Tile, range: EmitRange, { out, counts }: EmitTarget): void {
    this.#stateOf(tile).emit(range, out, counts)
  }

  emitRunning({ groups, from, count, at }: EmitRange, { out, counts }: EmitTarget, entered: () => readonly Tile[]): void {
    if (this.#stale) this.#fold(entered(), this.#frontEnd)
    this.#scratch.ensure(count)
    if (this.#ordinals.length < count) this.#ordinals = Int32Array.from({ length: Math.max(count, 1024) }, (_, i) => i)
    for (let k = 0; k < count; k++) {
      this.#scratch.copy(k, this.#front, groups[from + k])
      this.#scratch.merge(k, this.#back, groups[from + k])
    }
    this.#scratch.emit({ groups: this.#ordinals, from: 0, count, at }, out, counts)
  }
}

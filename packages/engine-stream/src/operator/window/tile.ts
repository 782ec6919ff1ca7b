import type { AggregateState } from '../aggregate/aggregate-state.ts'
import type { DistinctState } from '../aggregate/distinct-state.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import { ChangedGroups } from './changed-groups.ts'
import { bytesIn, grown, powerOfTwo } from './growable.ts'
import { hashPair } from './pair-table.ts'

const GROUPS_MIN = 16

export type TileState = AggregateState | DistinctState

/**
 * One step of event time: its groups (keys with a row in it) in dense slots, and each aggregate's accumulators for them. It covers
 * `[offset + index × step, offset + (index + 1) × step)`.
 */
export class Tile {
  readonly index: number
  readonly states: readonly TileState[]
  /** Number of groups. */
  size = 0
  keyIds: Int32Array
  /** Whether the running window holds this tile. */
  entered = false
  /** Per aggregate that windows fold: each group's fold over the later tiles of the front. */
  readonly suffixes: (AggregateState | undefined)[] = []
  /** Place of this tile among those that the present range of rows touches. */
  ordinal = -1
  readonly changed = new ChangedGroups()
  /** Keys of this tile's pages in the state store. */
  readonly pages = new Set<string>()
  /** Per distinct aggregate: entries that are written. */
  readonly savedEntries: number[] = []
  #slots: Int32Array

  /** A tile with room for about `groups` groups. */
  constructor(index: number, options: { readonly states: readonly TileState[]; readonly groups: number }) {
    this.index = index
    this.states = options.states
    const room = powerOfTwo(Math.max(GROUPS_MIN, options.groups))
    this.keyIds = new Int32Array(room)
    this.#slots = new Int32Array(room * 2)
    for (const state of this.states) state.ensure(room)
  }

  get bytes(): number {
    const own = bytesIn(this.keyIds, this.#slots) + this.changed.bytes
    return own + [...this.states, ...this.suffixes].reduce((sum, state) => sum + (state?.bytes ?? 0), 0)
  }

  /** The slots of `count` keys, new ones included. */
  slotsOf(keys: Int32Array, count: number, slots: Int32Array): void {
    let last = -1
    let slot = 0
    for (let k = 0; k < count; k++) {
      const key = keys[k]
      if (key !== last) slot = this.slotOf(key)
      last = key
      slots[k] = slot
    }
    this.changed.touch(slots, count, this.size)
  }

  slotOf(key: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let place = hashPair(key, 0) & mask
    for (let next = slots[place]; next !== 0; next = slots[place]) {
      if (this.keyIds[next - 1] === key) return next - 1
      place = (place + 1) & mask
    }
    const slot = this.size++
    slots[place] = slot + 1
    this.#makeRoom(slot + 1)
    this.keyIds[slot] = key
    if (this.size * 2 > slots.length) this.#rehash(slots.length * 2)
    return slot
  }

  #makeRoom(groups: number): void {
    if (groups <= this.keyIds.length) return
    this.keyIds = grown(this.keyIds, groups)
    for (const state of this.states) state.ensure(this.keyIds.length)
  }

  /** Makes groups below `groups`, whose keys are to be set; they are found once `indexKeys` is called. */
  ensure(groups: number): void {
    this.#makeRoom(groups)
    this.size = Math.max(this.size, groups)
  }

  /** Lets groups be found by their keys after those were set. */
  indexKeys(): void {
    this.#rehash(powerOfTwo(Math.max(GROUPS_MIN, this.size)) * 2)
  }

  #rehash(capacity: number): void {
    const slots = new Int32Array(capacity)
    const mask = capacity - 1
    for (let slot = 0; slot < this.size; slot++) {
      let place = hashPair(this.keyIds[slot], 0) & mask
      while (slots[place] !== 0) place = (place + 1) & mask
      slots[place] = slot + 1
    }
    this.#slots = slots
  }

  /** Replaces every key id after the key table was compacted. */
  renumberKeys(newIds: Int32Array): void {
    for (let slot = 0; slot < this.size; slot++) this.keyIds[slot] = newIds[this.keyIds[slot]]
    this.#rehash(this.#slots.length)
  }
}

/** A tile without rows yet, with room for about `groups` groups. */
export function newTile(
  aggregates: readonly WindowedAggregate[],
  { index, groups }: { readonly index: number; readonly groups: number },
): Tile {
  return new Tile(index, { states: aggregates.map((aggregate) => aggregate.newTileState()), groups })
}

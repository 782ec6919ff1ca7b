import { bytesIn, grown, powerOfTwo } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { hashPair } from '../window/pair-table.ts'
import type { EmitCounts, EmitRange, GroupedRows } from './aggregate-state.ts'

const SLOTS_MIN = 16

/**
 * The distinct values of each group of a tile: entries (group, value id) in the order they came, which state pages rely on, and an
 * open-addressed table over them. A group keeps at most `entriesMax` values: one more than the aggregate's `max` says it is
 * exceeded.
 */
export class DistinctState {
  /** Number of entries. */
  size = 0
  groups: Int32Array
  values: Int32Array
  readonly #entriesMax: number
  #slots: Int32Array
  #counts = new Int32Array(0)

  /** A state with room for about `entries` entries. */
  constructor(options: { readonly entriesMax: number; readonly entries: number }) {
    this.#entriesMax = options.entriesMax
    const room = powerOfTwo(Math.max(SLOTS_MIN, options.entries))
    this.groups = new Int32Array(room)
    this.values = new Int32Array(room)
    this.#slots = new Int32Array(room * 2)
  }

  get bytes(): number {
    return bytesIn(this.groups, this.values, this.#slots, this.#counts)
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
  }

  /** Adds the rows' values; 0 is no value. */
  update(ids: Int32Array, take: Uint8Array | null, { rows, groups, count }: GroupedRows): void {
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take === null || take[row] === 1) this.add(groups[k], ids[row])
    }
  }

  /** Whether the value is new to the group and was taken in. */
  add(group: number, value: number): boolean {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashPair(group, value) & mask
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if (this.groups[entry - 1] === group && this.values[entry - 1] === value) return false
      slot = (slot + 1) & mask
    }
    if (this.#counts[group] >= this.#entriesMax) return false
    this.#counts[group]++
    if (this.size >= this.groups.length) {
      this.groups = grown(this.groups, this.size + 1)
      this.values = grown(this.values, this.size + 1)
    }
    this.groups[this.size] = group
    this.values[this.size] = value
    slots[slot] = ++this.size
    if (this.size * 2 > slots.length) this.#rehash(slots.length * 2)
    return true
  }

  #rehash(capacity: number): void {
    const slots = new Int32Array(capacity)
    const mask = capacity - 1
    for (let entry = 1; entry <= this.size; entry++) {
      let slot = hashPair(this.groups[entry - 1], this.values[entry - 1]) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = entry
    }
    this.#slots = slots
  }

  /** Replaces every value id after its table was compacted. */
  renumber(newIds: Int32Array): void {
    for (let entry = 0; entry < this.size; entry++) this.values[entry] = newIds[this.values[entry]]
    this.#rehash(this.#slots.length)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn, counts: EmitCounts): void {
    emitDistinct(this.#counts, { groups, from, count, at }, { out, counts, max: this.#entriesMax - 1 })
  }
}

/** Writes counts; those above `max` show as `max` and are counted as saturated. */
export function emitDistinct(
  distinct: Int32Array,
  { groups, from, count, at }: EmitRange,
  to: { readonly out: OutputColumn; readonly counts: EmitCounts; readonly max: number },
): void {
  const { numbers } = to.out
  for (let k = 0; k < count; k++) {
    const size = distinct[groups[from + k]]
    if (size > to.max) to.counts.saturated++
    numbers[at + k] = Math.min(size, to.max)
  }
}

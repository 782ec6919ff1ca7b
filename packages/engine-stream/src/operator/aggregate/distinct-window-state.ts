import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { hashPair } from '../window/pair-table.ts'
import type { EmitCounts, EmitRange } from './aggregate-state.ts'
import { emitDistinct } from './distinct-state.ts'

const SLOTS_MIN = 64

/** The distinct values of each key in the open window: how many of its tiles hold the pair (key, value), by linear probing. */
export class DistinctWindowState {
  readonly #max: number
  #counts = new Int32Array(0)
  #size = 0
  #keys = new Int32Array(SLOTS_MIN)
  #values = new Int32Array(SLOTS_MIN)
  /** Tiles that hold the pair; 0: the slot is free. */
  #tiles = new Int32Array(SLOTS_MIN)

  constructor(max: number) {
    this.#max = max
  }

  get bytes(): number {
    return bytesIn(this.#counts, this.#keys, this.#values, this.#tiles)
  }

  ensure(keys: number): void {
    this.#counts = grown(this.#counts, keys)
  }

  clear(): void {
    this.#counts.fill(0)
    this.#tiles = new Int32Array(SLOTS_MIN)
    this.#keys = new Int32Array(SLOTS_MIN)
    this.#values = new Int32Array(SLOTS_MIN)
    this.#size = 0
  }

  add(key: number, value: number): void {
    const slot = this.#slotOf(key, value)
    if (this.#tiles[slot]++ > 0) return
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#counts[key]++
    this.#size++
    if (this.#size * 2 > this.#tiles.length) this.#grow()
  }

  remove(key: number, value: number): void {
    const slot = this.#slotOf(key, value)
    if (--this.#tiles[slot] > 0) return
    this.#counts[key]--
    this.#size--
    this.#closeGap(slot)
  }

  /** The slot of the pair, or the free one where it belongs. */
  #slotOf(key: number, value: number): number {
    const mask = this.#tiles.length - 1
    let slot = hashPair(key, value) & mask
    while (this.#tiles[slot] !== 0 && (this.#keys[slot] !== key || this.#values[slot] !== value)) slot = (slot + 1) & mask
    return slot
  }

  /** Moves later pairs of the same run back, so that probing never meets a gap before its pair. */
  #closeGap(freed: number): void {
    const mask = this.#tiles.length - 1
    let gap = freed
    for (let slot = (gap + 1) & mask; this.#tiles[slot] !== 0; slot = (slot + 1) & mask) {
      const home = hashPair(this.#keys[slot], this.#values[slot]) & mask
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      this.#move(slot, gap)
      gap = slot
    }
    this.#tiles[gap] = 0
  }

  #move(from: number, to: number): void {
    this.#tiles[to] = this.#tiles[from]
    this.#keys[to] = this.#keys[from]
    this.#values[to] = this.#values[from]
  }

  #grow(): void {
    const { 0: tiles, 1: keys, 2: values } = [this.#tiles, this.#keys, this.#values]
    this.#tiles = new Int32Array(tiles.length * 2)
    this.#keys = new Int32Array(tiles.length * 2)
    this.#values = new Int32Array(tiles.length * 2)
    for (let old = 0; old < tiles.length; old++) {
      if (tiles[old] === 0) continue
      const slot = this.#slotOf(keys[old], values[old])
      this.#tiles[slot] = tiles[old]
      this.#keys[slot] = keys[old]
      this.#values[slot] = values[old]
    }
  }

  emit(range: EmitRange, out: OutputColumn, counts: EmitCounts): void {
    emitDistinct(this.#counts, range, { out, counts, max: this.#max })
  }
}

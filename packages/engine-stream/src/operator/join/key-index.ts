import { bytesIn, powerOfTwo } from '../window/growable.ts'
import { hashPair } from '../window/pair-table.ts'

const SLOTS_MIN = 16

/** Key id of rows whose key has a null: they never join. */
export const NULL_KEY = -1

/** Finds the rows of a key among rows whose key ids are known. */
export class KeyIndex {
  readonly #keyIds: Int32Array
  readonly #heads: Int32Array
  readonly #next: Int32Array

  constructor(keyIds: Int32Array) {
    const rows = keyIds.length
    const heads = new Int32Array(powerOfTwo(Math.max(SLOTS_MIN, rows * 2)))
    const mask = heads.length - 1
    const next = new Int32Array(rows)
    for (let row = rows - 1; row >= 0; row--) {
      const key = keyIds[row]
      if (key === NULL_KEY) continue
      let slot = hashPair(key, 0) & mask
      while (heads[slot] !== 0 && keyIds[heads[slot] - 1] !== key) slot = (slot + 1) & mask
      next[row] = heads[slot]
      heads[slot] = row + 1
    }
    this.#keyIds = keyIds
    this.#heads = heads
    this.#next = next
  }

  get bytes(): number {
    return bytesIn(this.#keyIds, this.#heads, this.#next)
  }

  /** The first row with this key, or −1; the others follow with `nextOf`. */
  firstOf(key: number): number {
    const mask = this.#heads.length - 1
    let slot = hashPair(key, 0) & mask
    for (let head = this.#heads[slot]; head !== 0; head = this.#heads[slot]) {
      if (this.#keyIds[head - 1] === key) return head - 1
      slot = (slot + 1) & mask
    }
    return -1
  }

  nextOf(row: number): number {
    return this.#next[row] - 1
  }
}

import { bytesIn, grown } from './growable.ts'

const SLOTS_MIN = 64

/** Gives pairs of 32-bit integers dense ids from 1 on: an open-addressed table of ids. */
export class PairTable {
  /** Number of ids, 0 included. */
  size = 1
  a = new Int32Array(SLOTS_MIN)
  b = new Int32Array(SLOTS_MIN)
  #slots = new Int32Array(SLOTS_MIN)

  get bytes(): number {
    return bytesIn(this.a, this.b, this.#slots)
  }

  idOf(a: number, b: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashPair(a, b) & mask
    for (let id = slots[slot]; id !== 0; id = slots[slot]) {
      if (this.a[id] === a && this.b[id] === b) return id
      slot = (slot + 1) & mask
    }
    const id = this.size++
    slots[slot] = id
    if (id >= this.a.length) {
      this.a = grown(this.a, id + 1)
      this.b = grown(this.b, id + 1)
    }
    this.a[id] = a
    this.b[id] = b
    if (this.size * 2 > slots.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 1; id < this.size; id++) {
      let slot = hashPair(this.a[id], this.b[id]) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

/** Mixes two integers so that the low bits depend on all of both. */
export function hashPair(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

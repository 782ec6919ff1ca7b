import type { Dictionary } from './dictionary.ts'
import { EntryBytes } from './entry-bytes.ts'
import { grown } from './growable.ts'

const SLOTS_MIN = 64

/**
 * Gives byte strings dense codes in the order of their first occurrence, without a string per value:
 * an open-addressed table of codes over one growing array of bytes.
 */
export class DictionaryBuilder {
  readonly #entries = new EntryBytes()
  #slots = new Int32Array(SLOTS_MIN).fill(-1)
  #hashes = new Int32Array(SLOTS_MIN)

  get size(): number {
    return this.#entries.size
  }

  /** The code of `bytes[from, to)`: that of an equal entry, or the next one. */
  codeOf(bytes: Uint8Array, from = 0, to = bytes.length): number {
    const hash = hashOfBytes(bytes, from, to)
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash & mask
    for (let code = slots[slot]; code !== -1; code = slots[slot]) {
      if (this.#hashes[code] === hash && this.#holds(code, bytes, from, to)) return code
      slot = (slot + 1) & mask
    }
    slots[slot] = this.#entries.size
    return this.#add(hash, bytes, from, to)
  }

  /** What was added so far; the builder may go on. */
  build(): Dictionary {
    return this.#entries.build()
  }

  /** Forgets the entries and keeps the room, for a column like the one before. */
  clear(): void {
    this.#entries.clear()
    this.#slots.fill(-1)
  }

  #holds(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const { bytes: known, offsets } = this.#entries
    let at = offsets[code]
    if (offsets[code + 1] - at !== to - from) return false
    for (let i = from; i < to; i++) if (known[at++] !== bytes[i]) return false
    return true
  }

  #add(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const code = this.#entries.add(bytes, from, to)
    this.#hashes[code] = hash
    if (this.size * 2 > this.#slots.length) this.#rehash()
    return code
  }

  #rehash(): void {
    const capacity = this.#slots.length * 2
    const slots = new Int32Array(capacity).fill(-1)
    for (let code = 0; code < this.size; code++) {
      const hash = this.#hashes[code]
      let slot = hash & (capacity - 1)
      while (slots[slot] !== -1) slot = (slot + 1) & (capacity - 1)
      slots[slot] = code
    }
    this.#slots = slots
    this.#hashes = grown(this.#hashes, capacity)
  }
}

/** FNV-1a over four bytes at a time, then over those that are left; the high bits are folded into the low ones. */
export function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from)
  let i = from
  for (const end = to - 3; i < end; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash ^ (hash >>> 15)
}

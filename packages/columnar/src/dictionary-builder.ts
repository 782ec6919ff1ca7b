import { copyBytes, Dictionary } from './dictionary.ts'

const SLOTS_MIN = 64
const BYTES_MIN = 1024

/**
 * Gives byte strings dense codes in the order of their first occurrence, without a string per value:
 * an open-addressed table of codes over one growing array of bytes.
 */
export class DictionaryBuilder {
  #size = 0
  #slots = new Int32Array(SLOTS_MIN).fill(-1)
  #hashes = new Int32Array(SLOTS_MIN)
  #offsets = new Uint32Array(SLOTS_MIN + 1)
  #bytes = new Uint8Array(BYTES_MIN)

  get size(): number {
    return this.#size
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
    slots[slot] = this.#size
    return this.#add(hash, bytes, from, to)
  }

  /** What was added so far; the builder may go on. */
  build(): Dictionary {
    return new Dictionary(this.#bytes.slice(0, this.#offsets[this.#size]), this.#offsets.slice(0, this.#size + 1))
  }

  /** Forgets the entries and keeps the room, for a column like the one before. */
  clear(): void {
    this.#size = 0
    this.#slots.fill(-1)
  }

  #holds(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const known = this.#bytes
    let at = this.#offsets[code]
    if (this.#offsets[code + 1] - at !== to - from) return false
    for (let i = from; i < to; i++) if (known[at++] !== bytes[i]) return false
    return true
  }

  #add(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const code = this.#size++
    const start = this.#offsets[code]
    const end = start + to - from
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(end, this.#bytes.length * 2)))
    copyBytes(bytes, from, to, this.#bytes, start)
    this.#offsets[code + 1] = end
    this.#hashes[code] = hash
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return code
  }

  #rehash(): void {
    const capacity = this.#slots.length * 2
    const slots = new Int32Array(capacity).fill(-1)
    for (let code = 0; code < this.#size; code++) {
      const hash = this.#hashes[code]
      let slot = hash & (capacity - 1)
      while (slots[slot] !== -1) slot = (slot + 1) & (capacity - 1)
      slots[slot] = code
    }
    this.#slots = slots
    this.#hashes = grown(this.#hashes, new Int32Array(capacity))
    this.#offsets = grown(this.#offsets, new Uint32Array(capacity + 1))
  }
}

function grown<T extends Int32Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
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

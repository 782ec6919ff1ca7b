import { bytesIn, grown } from './growable.ts'

const SLOTS_MIN = 64

/** Gives tuples of 32-bit words dense ids from 1 on: an open-addressed table of ids over one array of all words. */
export class TupleTable {
  /** Number of ids, 0 included. */
  size = 1
  /** The words of id `i` begin at `i × width`. */
  words: Int32Array
  readonly #width: number
  #slots = new Int32Array(SLOTS_MIN)

  constructor(width: number) {
    this.#width = width
    this.words = new Int32Array(SLOTS_MIN * width)
  }

  get bytes(): number {
    return bytesIn(this.words, this.#slots)
  }

  /** The id of the tuple that begins at `at`. */
  idOf(tuples: Int32Array, at: number): number {
    const width = this.#width
    const slots = this.#slots
    const { words } = this
    const mask = slots.length - 1
    let slot = hashWords(tuples, at, width) & mask
    for (let id = slots[slot]; id !== 0; id = slots[slot]) {
      let place = 0
      for (const from = id * width; place < width && words[from + place] === tuples[at + place]; ) place++
      if (place === width) return id
      slot = (slot + 1) & mask
    }
    const id = this.size++
    slots[slot] = id
    this.words = grown(words, this.size * width)
    for (let place = 0; place < width; place++) this.words[id * width + place] = tuples[at + place]
    if (this.size * 2 > slots.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 1; id < this.size; id++) {
      let slot = hashWords(this.words, id * this.#width, this.#width) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

function hashWords(words: Int32Array, at: number, width: number): number {
  let hash = 0
  for (let place = at; place < at + width; place++) {
    hash = Math.imul(hash ^ words[place], 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

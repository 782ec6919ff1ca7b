import { type CodedColumn, type Column, copyBytes, Dictionary, hashOfBytes } from '@millrace/columnar'
import { bytesIn, grown } from './growable.ts'
import type { RowRange, ValueTable } from './value-table.ts'

const SLOTS_MIN = 64
const BYTES_MIN = 1024

/** Ids of byte strings, found by hash over one growing array of bytes; no string is made per value. */
export class TextTable implements ValueTable {
  size = 1
  readonly #kind: 'string' | 'bytes'
  #slots = new Int32Array(SLOTS_MIN)
  #hashes = new Int32Array(SLOTS_MIN)
  /** Id `i` is `bytes[offsets[i], offsets[i + 1])`. */
  #offsets = new Uint32Array(SLOTS_MIN + 1)
  #bytes = new Uint8Array(BYTES_MIN)
  #codes = new Int32Array(SLOTS_MIN)

  constructor(kind: 'string' | 'bytes') {
    this.#kind = kind
  }

  get bytes(): number {
    return bytesIn(this.#slots, this.#hashes, this.#offsets, this.#bytes, this.#codes)
  }

  idsOf(column: Column, range: RowRange): Int32Array {
    const { codes, dictionary, nulls } = column as CodedColumn
    const idOfCode = new Int32Array(dictionary.size)
    const ids = new Int32Array(range.rows)
    const { selection, count } = range
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (nulls !== null && nulls[row] === 1) continue
      const code = codes[row]
      let id = idOfCode[code]
      if (id === 0) {
        id = this.#idOf(dictionary.bytes, dictionary.offsets[code], dictionary.offsets[code + 1])
        idOfCode[code] = id
      }
      ids[row] = id
    }
    return ids
  }

  columnOf(ids: Int32Array, count: number): Column {
    const codes = new Int32Array(count)
    const used = new Int32Array(count)
    let size = 0
    let nulls: Uint8Array | null = null
    this.#codes = grown(this.#codes, this.size)
    for (let i = 0; i < count; i++) {
      const id = ids[i]
      if (id === 0) {
        nulls ??= new Uint8Array(count)
        nulls[i] = 1
        continue
      }
      let next = this.#codes[id]
      if (next === 0) {
        used[size] = id
        next = ++size
        this.#codes[id] = next
      }
      codes[i] = next - 1
    }
    for (let i = 0; i < size; i++) this.#codes[used[i]] = 0
    return { kind: this.#kind, codes, dictionary: this.#dictionaryOf(used, size), nulls }
  }

  #dictionaryOf(ids: Int32Array, size: number): Dictionary {
    const offsets = new Uint32Array(size + 1)
    for (let i = 0; i < size; i++) offsets[i + 1] = offsets[i] + this.#offsets[ids[i] + 1] - this.#offsets[ids[i]]
    const bytes = new Uint8Array(offsets[size])
    for (let i = 0; i < size; i++) copyBytes(this.#bytes, this.#offsets[ids[i]], this.#offsets[ids[i] + 1], bytes, offsets[i])
    return new Dictionary(bytes, offsets)
  }

  #idOf(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOfBytes(bytes, from, to)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let id = this.#slots[slot]; id !== 0; id = this.#slots[slot]) {
      if (this.#hashes[id] === hash && this.#holds(id, bytes, from, to)) return id
      slot = (slot + 1) & mask
    }
    const id = this.size++
    this.#slots[slot] = id
    this.#append(id, bytes, from, to)
    this.#hashes = grown(this.#hashes, this.size)
    this.#hashes[id] = hash
    if (this.size * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #holds(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    let at = this.#offsets[id]
    if (this.#offsets[id + 1] - at !== to - from) return false
    for (let i = from; i < to; i++) if (this.#bytes[at++] !== bytes[i]) return false
    return true
  }

  #append(id: number, bytes: Uint8Array, from: number, to: number): void {
    this.#offsets = grown(this.#offsets, id + 2)
    const start = this.#offsets[id]
    this.#offsets[id + 1] = start + to - from
    this.#bytes = grown(this.#bytes, start + to - from)
    copyBytes(bytes, from, to, this.#bytes, start)
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 1; id < this.size; id++) {
      let slot = this.#hashes[id] & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

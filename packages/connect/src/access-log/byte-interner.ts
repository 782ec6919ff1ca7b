import { Dictionary } from '@millrace/columnar'
import type { ByteSlice } from './byte-slice.ts'

const SLOTS_MIN = 1024
const BYTES_MIN = 16_384

/** Gives each distinct byte string of a block a code, in order of first occurrence: open addressing over the bytes kept so far. */
export class ByteInterner {
  size = 0
  /** Code + 1 (0 is free) and hash of each slot, side by side. */
  #slots = new Int32Array(SLOTS_MIN * 2)
  /** Code + 1 of each text of one byte, such as `-`. */
  readonly #single = new Int32Array(256)
  #offsets = new Uint32Array((SLOTS_MIN >> 1) + 1)
  #bytes = new Uint8Array(BYTES_MIN)
  #view = new DataView(this.#bytes.buffer)

  reset(): void {
    this.#slots.fill(0)
    this.#single.fill(0)
    this.size = 0
  }

  intern(slice: ByteSlice, from: number, to: number, hash: number): number {
    if (to - from === 1) return this.#internSingle(slice, from)
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (hash << 1) & mask
    for (;;) {
      const code = slots[slot] - 1
      if (code < 0) {
        slots[slot] = this.size + 1
        slots[slot + 1] = hash
        return this.#add(slice, from, to)
      }
      if (slots[slot + 1] === hash && this.#equals(code, slice, from, to)) return code
      slot = (slot + 2) & mask
    }
  }

  /** A dictionary of its own memory. */
  toDictionary(): Dictionary {
    const offsets = this.#offsets.slice(0, this.size + 1)
    return new Dictionary(this.#bytes.slice(0, offsets[this.size]), offsets)
  }

  #equals(code: number, slice: ByteSlice, from: number, to: number): boolean {
    const known = this.#offsets[code]
    const length = to - from
    if (this.#offsets[code + 1] - known !== length) return false
    if (length < 8) return this.#equalsShort(known, slice, from, length)
    const view = slice.view
    const knownView = this.#view
    const last = length - 8
    for (let at = 0; at < last; at += 8) if (!sameEight(view, from + at, knownView, known + at)) return false
    return sameEight(view, from + last, knownView, known + last)
  }

  #equalsShort(known: number, slice: ByteSlice, from: number, length: number): boolean {
    if (length < 4) {
      for (let at = 0; at < length; at++) if (slice.bytes[from + at] !== this.#bytes[known + at]) return false
      return true
    }
    const last = length - 4
    return (
      slice.view.getInt32(from, true) === this.#view.getInt32(known, true) &&
      slice.view.getInt32(from + last, true) === this.#view.getInt32(known + last, true)
    )
  }

  #internSingle(slice: ByteSlice, at: number): number {
    const byte = slice.bytes[at]
    const code = this.#single[byte] - 1
    if (code >= 0) return code
    this.#single[byte] = this.size + 1
    return this.#add(slice, at, at + 1)
  }

  #add(slice: ByteSlice, from: number, to: number): number {
    const code = this.size++
    const start = this.#offsets[code]
    const end = start + (to - from)
    if (end > this.#bytes.length) this.#growBytes(end)
    this.#copy(slice, from, to, start)
    this.#offsets[code + 1] = end
    if (this.size + 1 === this.#offsets.length) this.#growSlots()
    return code
  }

  /** Copies word by word: a view per text costs more than these short copies. */
  #copy(slice: ByteSlice, from: number, to: number, start: number): void {
    const view = slice.view
    let at = from
    let into = start
    for (; at + 4 <= to; at += 4, into += 4) this.#view.setInt32(into, view.getInt32(at, true), true)
    for (; at < to; at++, into++) this.#bytes[into] = slice.bytes[at]
  }

  #growBytes(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #growSlots(): void {
    const known = this.#slots
    const slots = new Int32Array(known.length * 2)
    const mask = slots.length - 1
    for (let from = 0; from < known.length; from += 2) {
      if (known[from] === 0) continue
      let slot = (known[from + 1] << 1) & mask
      while (slots[slot] !== 0) slot = (slot + 2) & mask
      slots[slot] = known[from]
      slots[slot + 1] = known[from + 1]
    }
    const offsets = new Uint32Array((slots.length >> 2) + 1)
    offsets.set(this.#offsets)
    this.#slots = slots
    this.#offsets = offsets
  }
}

/** Eight bytes compared as doubles: equal and not zero means the same bits; the rest is compared as integers. */
function sameEight(view: DataView, at: number, knownView: DataView, known: number): boolean {
  const word = view.getFloat64(at, true)
  if (word === knownView.getFloat64(known, true) && word !== 0) return true
  return view.getInt32(at, true) === knownView.getInt32(known, true) && view.getInt32(at + 4, true) === knownView.getInt32(known + 4, true)
}

import { copyBytes, Dictionary } from './dictionary.ts'
import { grown } from './growable.ts'

const BYTES_MIN = 1024
const ENTRIES_MIN = 64

/** Byte strings one behind the other in one growing array: entry `i` is `bytes[offsets[i], offsets[i + 1])`. */
export class EntryBytes {
  size = 0
  bytes = new Uint8Array(BYTES_MIN)
  offsets = new Uint32Array(ENTRIES_MIN + 1)

  /** Adds `bytes[from, to)`; gives its place. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const place = this.size++
    const start = this.offsets[place]
    const end = start + to - from
    this.bytes = grown(this.bytes, end)
    this.offsets = grown(this.offsets, place + 2)
    copyBytes(bytes, from, to, this.bytes, start)
    this.offsets[place + 1] = end
    return place
  }

  /** What was added so far. */
  build(): Dictionary {
    return new Dictionary(this.bytes.slice(0, this.offsets[this.size]), this.offsets.slice(0, this.size + 1))
  }

  /** Forgets the entries and keeps the room. */
  clear(): void {
    this.size = 0
  }
}

import { copyBytes, Dictionary } from './dictionary.ts'
import { DictionaryBuilder } from './dictionary-builder.ts'

/** Entries are not looked up where fewer rows than these share one. */
const VARIED_ROWS_PER_ENTRY = 1.5
/** Parts of a column that are taken without a look, before it is looked again whether entries occur twice. */
const PARTS_UNSEEN_MAX = 15
const BYTES_MIN = 1024
const ENTRIES_MIN = 256

/**
 * Gives the byte strings of a column codes, part by part. Where almost every row has one of its own, looking each up costs more than all else
 * and finds nothing: the parts that follow are taken as they come.
 */
export class EntryCoder {
  readonly #builder = new DictionaryBuilder()
  /** Parts to come that are not looked up. */
  #unseen = 0
  #size = 0
  #bytes = new Uint8Array(BYTES_MIN)
  #offsets = new Uint32Array(ENTRIES_MIN + 1)

  /** The code of `bytes[from, to)` in the part under way. */
  codeOf(bytes: Uint8Array, from: number, to: number): number {
    return this.#unseen > 0 ? this.#add(bytes, from, to) : this.#builder.codeOf(bytes, from, to)
  }

  /** The entries of a part, which is over, of so many rows. */
  take(rows: number): Dictionary {
    if (this.#unseen > 0) {
      this.#unseen--
      const entries = this.#size
      this.#size = 0
      return new Dictionary(this.#bytes.slice(0, this.#offsets[entries]), this.#offsets.slice(0, entries + 1))
    }
    const dictionary = this.#builder.build()
    this.#builder.clear()
    if (dictionary.size * VARIED_ROWS_PER_ENTRY > rows) this.#unseen = PARTS_UNSEEN_MAX
    return dictionary
  }

  #add(bytes: Uint8Array, from: number, to: number): number {
    const code = this.#size++
    const start = this.#offsets[code]
    const end = start + to - from
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(end, this.#bytes.length * 2)))
    if (this.#size >= this.#offsets.length) this.#offsets = grown(this.#offsets, new Uint32Array(this.#offsets.length * 2))
    copyBytes(bytes, from, to, this.#bytes, start)
    this.#offsets[this.#size] = end
    return code
  }
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

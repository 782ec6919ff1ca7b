import type { Dictionary } from './dictionary.ts'
import { DictionaryBuilder } from './dictionary-builder.ts'
import { EntryBytes } from './entry-bytes.ts'

/** Entries are not looked up where fewer rows than these share one. */
const VARIED_ROWS_PER_ENTRY = 1.5
/** Parts of a column that are taken without a look, before it is looked again whether entries occur twice. */
const PARTS_UNSEEN_MAX = 15

/**
 * Gives the byte strings of a column codes, part by part. Where almost every row has one of its own, looking each up costs more than all else
 * and finds nothing: the parts that follow are taken as they come.
 */
export class EntryCoder {
  readonly #builder = new DictionaryBuilder()
  readonly #entries = new EntryBytes()
  /** Parts to come that are not looked up. */
  #unseen = 0

  /** The code of `bytes[from, to)` in the part under way. */
  codeOf(bytes: Uint8Array, from: number, to: number): number {
    return this.#unseen > 0 ? this.#entries.add(bytes, from, to) : this.#builder.codeOf(bytes, from, to)
  }

  /** The entries of a part, which is over, of so many rows. */
  take(rows: number): Dictionary {
    const from = this.#unseen > 0 ? this.#entries : this.#builder
    const dictionary = from.build()
    from.clear()
    if (this.#unseen > 0) this.#unseen--
    else if (dictionary.size * VARIED_ROWS_PER_ENTRY > rows) this.#unseen = PARTS_UNSEEN_MAX
    return dictionary
  }
}

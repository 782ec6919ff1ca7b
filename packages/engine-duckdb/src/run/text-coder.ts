import type { DuckDBVector } from '@duckdb/node-api'
import { copyBytes, Dictionary, DictionaryBuilder } from '@millrace/columnar'
import { textBytes, visitTexts } from './vector-text.ts'

/** Texts are not looked up where fewer rows than these share one. */
const VARIED_ROWS_PER_ENTRY = 1.5
/** Parts of a column that are taken without a look, before it is looked again whether texts occur twice. */
const PARTS_UNSEEN_MAX = 15

interface Coded {
  /** 0 under nulls. */
  readonly codes: Int32Array
  readonly dictionary: Dictionary
}

/**
 * Gives texts or bytes of a column codes, part by part. Where almost every row has a text of its own, looking each up costs more than all
 * else and finds nothing: the parts that follow are taken as they come.
 */
export class TextCoder {
  /** Its room is used again. */
  readonly #builder = new DictionaryBuilder()
  #unseen = 0

  /** Texts of all vectors, in order. */
  codes(vectors: readonly DuckDBVector[], rows: number, nulls: Uint8Array | null): Coded {
    if (this.#unseen > 0) {
      this.#unseen--
      return rowByRow(vectors, rows, nulls)
    }
    const coded = this.#lookedUp(vectors, rows, nulls)
    if (coded.dictionary.size * VARIED_ROWS_PER_ENTRY > rows) this.#unseen = PARTS_UNSEEN_MAX
    return coded
  }

  #lookedUp(vectors: readonly DuckDBVector[], rows: number, nulls: Uint8Array | null): Coded {
    const builder = this.#builder
    builder.clear()
    const codes = new Int32Array(rows)
    for (const { vector, first, own } of placed(vectors, nulls))
      visitTexts(vector, own, (row, bytes, from, to) => {
        codes[first + row] = builder.codeOf(bytes, from, to)
      })
    return { codes, dictionary: builder.build() }
  }
}

/** An entry for each row that is not null. */
function rowByRow(vectors: readonly DuckDBVector[], rows: number, nulls: Uint8Array | null): Coded {
  const parts = placed(vectors, nulls)
  const bytes = new Uint8Array(parts.reduce((sum, { vector, own }) => sum + textBytes(vector, own), 0))
  const offsets = new Uint32Array(rows + 1)
  const codes = new Int32Array(rows)
  let entries = 0
  for (const { vector, first, own } of parts)
    visitTexts(vector, own, (row, from, start, end) => {
      const at = offsets[entries]
      copyBytes(from, start, end, bytes, at)
      codes[first + row] = entries++
      offsets[entries] = at + end - start
    })
  return { codes, dictionary: new Dictionary(bytes, offsets.subarray(0, entries + 1)) }
}

interface Placed {
  readonly vector: DuckDBVector
  /** Of its first row among all. */
  readonly first: number
  /** The nulls of its rows. */
  readonly own: Uint8Array | undefined
}

function placed(vectors: readonly DuckDBVector[], nulls: Uint8Array | null): readonly Placed[] {
  let end = 0
  return vectors.map((vector) => {
    const first = end
    end += vector.itemCount
    return { vector, first, own: nulls?.subarray(first, end) }
  })
}

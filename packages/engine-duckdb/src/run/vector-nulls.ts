import type { DuckDBVector } from '@duckdb/node-api'

const ALL_VALID = 0xffffffff
const WORD_BITS = 32

/** Where the driver keeps which rows are not null: one bit a row, from the lowest; null where all are not. */
interface ValidVector {
  readonly validity: { readonly data: BigUint64Array | null }
}

/** One byte a row of all vectors, 1 = null; null when nothing is null. */
export function vectorNulls(vectors: readonly DuckDBVector[], rows: number): Uint8Array | null {
  let nulls: Uint8Array | null = null
  let at = 0
  for (const vector of vectors) {
    const { data } = (vector as unknown as ValidVector).validity
    const { itemCount } = vector
    if (data !== null) {
      const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
      for (let row = 0; row < itemCount; row++) {
        const word = words[row >>> 5]
        if (word === ALL_VALID) row |= WORD_BITS - 1
        else if (((word >>> (row & (WORD_BITS - 1))) & 1) === 0) {
          nulls ??= new Uint8Array(rows)
          nulls[at + row] = 1
        }
      }
    }
    at += itemCount
  }
  return nulls
}

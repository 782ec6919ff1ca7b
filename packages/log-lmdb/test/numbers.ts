import { type Batch, batchFromRows, type Field } from '@millrace/columnar'

const NUM_FIELDS: readonly Field[] = [{ name: 'num1', type: 'int64', nullable: false }]

export const STAMPS = { watermarkAfter: 0, ingestedAt: 0 }

/** Rows with the numbers from `from` to `to − 1`. */
export function numbers(from: number, to: number): Batch {
  return batchFromRows(
    NUM_FIELDS,
    Array.from({ length: to - from }, (_, i) => [from + i]),
  )
}

/** Seeded numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

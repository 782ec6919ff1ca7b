import type { SafeInt64Column, WideInt64Column } from './column.ts'

const WORD_RANGE = 2 ** 32
/** Half of the range of the higher word of a safe integer: 2^53 / 2^32. */
const SAFE_HIGH = 2 ** 21

/** An int64 column in its right form: in doubles when every value is safe, else in 64 bits. */
export function int64Column(values: BigInt64Array, nulls: Uint8Array | null): SafeInt64Column | WideInt64Column {
  // By words, the lower one first: a bigint for each value takes ten times as long.
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const doubles = new Float64Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const low = words[row * 2] >>> 0
    const high = words[row * 2 + 1]
    if (high >= SAFE_HIGH || high < -SAFE_HIGH || (high === -SAFE_HIGH && low === 0)) return { kind: 'int64', safe: false, values, nulls }
    doubles[row] = high * WORD_RANGE + low
  }
  return { kind: 'int64', safe: true, values: doubles, nulls }
}

/** The 64-bit form of safe doubles. */
export function widen(values: Float64Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  for (let row = 0; row < values.length; row++) wide[row] = BigInt(values[row])
  return wide
}

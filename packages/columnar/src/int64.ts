import type { SafeInt64Column, WideInt64Column } from './column.ts'
import { isSafe } from './value.ts'

/** An int64 column in its right form: in doubles when every value is safe, else in 64 bits. */
export function int64Column(values: BigInt64Array, nulls: Uint8Array | null): SafeInt64Column | WideInt64Column {
  for (let row = 0; row < values.length; row++) if (!isSafe(values[row])) return { kind: 'int64', safe: false, values, nulls }
  const doubles = new Float64Array(values.length)
  for (let row = 0; row < values.length; row++) doubles[row] = Number(values[row])
  return { kind: 'int64', safe: true, values: doubles, nulls }
}

/** The 64-bit form of safe doubles. */
export function widen(values: Float64Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  for (let row = 0; row < values.length; row++) wide[row] = BigInt(values[row])
  return wide
}

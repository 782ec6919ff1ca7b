import type { DuckDBVector } from '@duckdb/node-api'
import { DuckDBTypeId } from '@duckdb/node-api'
import { type Column, EntryCoder, int64Column } from '@millrace/columnar'
import { vectorNulls } from './vector-nulls.ts'
import { textCodes } from './vector-text.ts'

const MICROS_PER_MS = 1000
/** 2^32 by 1000, and what is left. */
const [WORD_MS, WORD_MICROS] = [4_294_967, 296]

/** Where the driver keeps the values of vectors of fixed width. */
interface FixedVector {
  readonly items: Int32Array | BigInt64Array | Float64Array
  readonly dataView: DataView
}

/**
 * The rows of several vectors of one type, in order, as one column: BOOLEAN, INTEGER, BIGINT, DOUBLE, TIMESTAMP (of microseconds, with or
 * without time zone), VARCHAR and BLOB; undefined for any other type. Doubles are as they lie, with NaN, infinities and −0; times are cut
 * off to milliseconds, infinite ones are far beyond all others. The chunks of the vectors must still be held.
 *
 * @param coder finds texts that occur again; one of a column's parts before knows whether any do
 */
export function vectorColumn(vectors: readonly DuckDBVector[], coder = new EntryCoder()): Column | undefined {
  const rows = vectors.reduce((sum, { itemCount }) => sum + itemCount, 0)
  const nulls = vectorNulls(vectors, rows)
  switch (vectors[0]?.type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { kind: 'boolean', values: joined(new Uint8Array(rows), vectors.map(bytesOf), nulls), nulls }
    case DuckDBTypeId.INTEGER:
      return { kind: 'int32', values: joined(new Int32Array(rows), vectors.map(itemsOf), nulls), nulls }
    case DuckDBTypeId.BIGINT:
      return int64Column(joined(new BigInt64Array(rows), vectors.map(itemsOf), nulls), nulls)
    case DuckDBTypeId.DOUBLE:
      return { kind: 'double', values: joined(new Float64Array(rows), vectors.map(itemsOf), nulls), nulls }
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { kind: 'timestamp', values: milliseconds(joined(new BigInt64Array(rows), vectors.map(itemsOf), nulls)), nulls }
    case DuckDBTypeId.VARCHAR:
      return { kind: 'string', ...textCodes(vectors, { rows, nulls, coder }), nulls }
    case DuckDBTypeId.BLOB:
      return { kind: 'bytes', ...textCodes(vectors, { rows, nulls, coder }), nulls }
    default:
      return undefined
  }
}

function itemsOf(vector: DuckDBVector): FixedVector['items'] {
  return (vector as unknown as FixedVector).items
}

function bytesOf(vector: DuckDBVector): Uint8Array {
  const { buffer, byteOffset, byteLength } = (vector as unknown as FixedVector).dataView
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** One copy of all parts, 0 under nulls. */
function joined<T extends Uint8Array | Int32Array | BigInt64Array | Float64Array>(
  target: T,
  parts: readonly (FixedVector['items'] | Uint8Array)[],
  nulls: Uint8Array | null,
): T {
  let at = 0
  for (const part of parts) {
    target.set(part as never, at)
    at += part.length
  }
  if (nulls === null) return target
  const zero = (target instanceof BigInt64Array ? 0n : 0) as never
  for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) target[row] = zero
  return target
}

/** Cut off downwards, by words and not by bigints; exact where the milliseconds are. */
function milliseconds(micros: BigInt64Array): Float64Array {
  const words = new Int32Array(micros.buffer)
  const times = new Float64Array(micros.length)
  for (let row = 0; row < times.length; row++) {
    const [low, high] = [words[row * 2] >>> 0, words[row * 2 + 1]]
    times[row] = high * WORD_MS + Math.floor((high * WORD_MICROS + low) / MICROS_PER_MS)
  }
  return times
}

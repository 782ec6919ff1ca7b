import type { CodedColumn, Column, ColumnKind } from '../column.ts'
import { Dictionary } from '../dictionary.ts'
import { unpackBits } from './bitmap.ts'
import { align8, bitmapBytes, damaged, ENCODING, type Encoding } from './layout.ts'
import { unpack, widthOf } from './pack.ts'

/** An encoded column: `bytes` begin at a multiple of 8 in their memory. */
export interface EncodedColumn {
  readonly kind: ColumnKind
  readonly encoding: Encoding
  readonly hasNulls: boolean
  readonly wide: boolean
  readonly bytes: Uint8Array
  readonly rows: number
}

export function columnFrom(encoded: EncodedColumn): Column {
  const { kind, encoding, hasNulls, rows } = encoded
  const nulls = hasNulls ? unpackBits(encoded.bytes, rows) : null
  const bytes = hasNulls ? encoded.bytes.subarray(bitmapBytes(rows)) : encoded.bytes
  switch (kind) {
    case 'boolean':
      return { kind, values: unpackBits(bytes, rows), nulls }
    case 'int32':
    case 'date':
      return { kind, values: intsFrom(encoding, bytes, rows, nulls), nulls }
    case 'double':
    case 'timestamp':
      return { kind, values: doublesFrom(encoding, bytes, rows, nulls), nulls }
    case 'int64':
      if (encoded.wide) return { kind, safe: false, values: wideFrom(encoding, bytes, rows, nulls), nulls }
      return { kind, safe: true, values: doublesFrom(encoding, bytes, rows, nulls), nulls }
    default:
      return codedFrom(kind, encoding, bytes, rows, nulls)
  }
}

function intsFrom(encoding: Encoding, bytes: Uint8Array, rows: number, nulls: Uint8Array | null): Int32Array {
  if (encoding === ENCODING.plain) return new Int32Array(bytes.buffer, bytes.byteOffset, rows)
  const values = new Int32Array(rows)
  unpack(encoding, bytes.subarray(8), doubleAt(bytes), values)
  return zeroed(values, nulls)
}

function doublesFrom(encoding: Encoding, bytes: Uint8Array, rows: number, nulls: Uint8Array | null): Float64Array {
  if (encoding === ENCODING.plain) return new Float64Array(bytes.buffer, bytes.byteOffset, rows)
  const values = new Float64Array(rows)
  unpack(encoding, bytes.subarray(8), doubleAt(bytes), values)
  return zeroed(values, nulls)
}

function wideFrom(encoding: Encoding, bytes: Uint8Array, rows: number, nulls: Uint8Array | null): BigInt64Array {
  if (encoding === ENCODING.plain) return new BigInt64Array(bytes.buffer, bytes.byteOffset, rows)
  const base = new BigInt64Array(bytes.buffer, bytes.byteOffset, 1)[0]
  const distances = new Float64Array(rows)
  unpack(encoding, bytes.subarray(8), 0, distances)
  const values = new BigInt64Array(rows)
  for (let row = 0; row < rows; row++) values[row] = nulls !== null && nulls[row] === 1 ? 0n : base + BigInt(distances[row])
  return values
}

function codedFrom(kind: 'string' | 'bytes', encoding: Encoding, bytes: Uint8Array, rows: number, nulls: Uint8Array | null): CodedColumn {
  const [size, textBytes] = new Uint32Array(bytes.buffer, bytes.byteOffset, 2)
  const offsets = new Uint32Array(bytes.buffer, bytes.byteOffset + 8, size + 1)
  const bytesAt = align8(8 + 4 * (size + 1))
  const dictionary = new Dictionary(bytes.subarray(bytesAt, bytesAt + textBytes), offsets)
  const codes = new Int32Array(rows)
  if (widthOf(encoding) > 0) unpack(encoding, bytes.subarray(bytesAt + align8(textBytes)), 0, codes)
  return { kind, codes: zeroed(codes, nulls), dictionary, nulls }
}

function doubleAt(bytes: Uint8Array): number {
  if (bytes.length < 8) throw damaged('a column is shorter than its first value')
  return new Float64Array(bytes.buffer, bytes.byteOffset, 1)[0]
}

function zeroed<T extends Int32Array | Float64Array>(values: T, nulls: Uint8Array | null): T {
  if (nulls !== null) for (let row = 0; row < values.length; row++) if (nulls[row] === 1) values[row] = 0
  return values
}

import type { CodedColumn, Column, WideInt64Column } from '../column.ts'
import { packBits } from './bitmap.ts'
import { align8, bitmapBytes, ENCODING, type Encoding } from './layout.ts'
import { encodingOf, pack, rangeOf, widthOf } from './pack.ts'

/** How a column will be written: its size is known before the batch's buffer is made. */
export interface Vector {
  readonly encoding: Encoding
  /** Bytes of the values, without the null bitmap before them. */
  readonly length: number
  /** Writes the values to zeroed memory at a position that is a multiple of 8. */
  write(buffer: ArrayBuffer, position: number): void
}

export function vectorOf(column: Column, rows: number): Vector {
  switch (column.kind) {
    case 'boolean':
      return bitsVector(column.values, rows)
    case 'double':
      return doublesVector(column.values)
    case 'int32':
    case 'date':
    case 'timestamp':
      return numbersVector(column.values, column.nulls)
    case 'int64':
      return column.safe ? numbersVector(column.values, column.nulls) : wideVector(column)
    default:
      return codedVector(column)
  }
}

function bitsVector(values: Uint8Array, rows: number): Vector {
  return {
    encoding: ENCODING.bitmap,
    length: bitmapBytes(rows),
    write: (buffer, position) => packBits(values, new Uint8Array(buffer, position, bitmapBytes(rows))),
  }
}

function doublesVector(values: Float64Array): Vector {
  const first = values.length === 0 ? 0 : values[0]
  if (values.every((value) => value === first)) return constantVector(first)
  return plainVector(values)
}

function numbersVector(values: Int32Array | Float64Array, nulls: Uint8Array | null): Vector {
  const range = rangeOf(values, nulls)
  if (range === undefined) return constantVector(0)
  const base = range.min
  const encoding = encodingOf(range.max - base)
  if (encoding === ENCODING.plain) return plainVector(values)
  return {
    encoding,
    length: 8 + align8(values.length * widthOf(encoding)),
    write: (buffer, position) => {
      new Float64Array(buffer, position, 1)[0] = base
      pack(encoding, values, base, buffer, position + 8)
    },
  }
}

function constantVector(value: number): Vector {
  return { encoding: ENCODING.constant, length: 8, write: (buffer, position) => void (new Float64Array(buffer, position, 1)[0] = value) }
}

function plainVector(values: Int32Array | Float64Array | BigInt64Array): Vector {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return {
    encoding: ENCODING.plain,
    length: align8(bytes.length),
    write: (buffer, position) => new Uint8Array(buffer, position).set(bytes),
  }
}

/** Distances from the least value as safe doubles where they fit 32 bits, else the 64-bit values themselves. */
function wideVector(column: WideInt64Column): Vector {
  const { values, nulls } = column
  let min: bigint | undefined
  let max: bigint | undefined
  for (let row = 0; row < values.length; row++) {
    if (nulls !== null && nulls[row] === 1) continue
    if (min === undefined || values[row] < min) min = values[row]
    if (max === undefined || values[row] > max) max = values[row]
  }
  const base = min ?? 0n
  const encoding = encodingOf(Number((max ?? 0n) - base))
  if (encoding === ENCODING.plain) return plainVector(values)
  return {
    encoding,
    length: 8 + align8(values.length * widthOf(encoding)),
    write: (buffer, position) => {
      new BigInt64Array(buffer, position, 1)[0] = base
      const distances = Float64Array.from(values, (value) => Number(BigInt.asUintN(32, value - base)))
      pack(encoding, distances, 0, buffer, position + 8)
    },
  }
}

/** Dictionary (entry count, byte count, offsets, bytes), then codes of the narrowest width. A constant has one entry or none, and no codes. */
function codedVector(column: CodedColumn): Vector {
  const { codes, dictionary } = column
  const size = dictionary.size
  const start = dictionary.offsets[0]
  const end = dictionary.offsets[size]
  const encoding = encodingOf(Math.max(0, size - 1))
  const bytesAt = align8(8 + 4 * (size + 1))
  const codesAt = bytesAt + align8(end - start)
  return {
    encoding,
    length: codesAt + align8(codes.length * widthOf(encoding)),
    write: (buffer, position) => {
      const head = new Uint32Array(buffer, position, 2 + size + 1)
      head[0] = size
      head[1] = end - start
      for (let i = 0; i <= size; i++) head[2 + i] = dictionary.offsets[i] - start
      new Uint8Array(buffer, position + bytesAt, end - start).set(dictionary.bytes.subarray(start, end))
      pack(encoding, codes, 0, buffer, position + codesAt)
    },
  }
}

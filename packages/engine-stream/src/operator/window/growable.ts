import type { Column } from '@millrace/columnar'

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array

/** `array` itself when it has room for `length`, else a copy with at least twice the room, filled up with zeros. */
export function grown<T extends Numbers>(array: T, length: number): T {
  if (array.length >= length) return array
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2))
  larger.set(array as never)
  return larger
}

/** The least power of two that is at least `size`. */
export function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(size))
}

/** Bytes of the arrays. */
export function bytesIn(...arrays: readonly { readonly byteLength: number }[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** Bytes of the columns. */
export function bytesOfColumns(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + bytesOfColumn(column), 0)
}

function bytesOfColumn(column: Column): number {
  const nulls = column.nulls?.byteLength ?? 0
  if (!('codes' in column)) return nulls + column.values.byteLength
  return nulls + column.codes.byteLength + column.dictionary.bytes.length + column.dictionary.offsets.byteLength
}

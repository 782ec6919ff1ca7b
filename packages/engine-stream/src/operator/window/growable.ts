import type { Column } from '@millrace/columnar'

export { grown } from '@millrace/columnar'

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

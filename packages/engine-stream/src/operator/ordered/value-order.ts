import type { CodedColumn, Column } from '@millrace/columnar'

/** Compares two rows by their places: negative, zero or positive as the first comes before the other, beside it, or after it. */
export type RowComparer = (a: number, b: number) => number

/** Compares rows by a column, ascending, null least. A decimal is text with as many digits after the point as all others of its column. */
export function comparerOf(column: Column, type: string): RowComparer {
  const compare = valueComparer(column, type)
  const { nulls } = column
  if (nulls === null) return compare
  return (a, b) => (nulls[a] === 1 || nulls[b] === 1 ? nulls[b] - nulls[a] : compare(a, b))
}

/** Compares rows by numbers that they have. */
export function numberComparer(values: Float64Array | Int32Array | Uint8Array): RowComparer {
  return (a, b) => (values[a] < values[b] ? -1 : Number(values[a] > values[b]))
}

function valueComparer(column: Column, type: string): RowComparer {
  switch (column.kind) {
    case 'string':
    case 'bytes':
      return type.startsWith('decimal(') ? decimalComparer(column) : bytesComparer(column)
    case 'int64': {
      if (column.safe) return numberComparer(column.values)
      const { values } = column
      return (a, b) => (values[a] < values[b] ? -1 : Number(values[a] > values[b]))
    }
    default:
      return numberComparer(column.values)
  }
}

function bytesComparer({ codes, dictionary }: CodedColumn): RowComparer {
  return (a, b) => (codes[a] === codes[b] ? 0 : Buffer.compare(dictionary.entry(codes[a]), dictionary.entry(codes[b])))
}

function decimalComparer({ codes, dictionary }: CodedColumn): RowComparer {
  const unscaled = (row: number): bigint => BigInt(dictionary.text(codes[row]).replace('.', ''))
  return (a, b) => {
    if (codes[a] === codes[b]) return 0
    const [x, y] = [unscaled(a), unscaled(b)]
    return x < y ? -1 : Number(x > y)
  }
}

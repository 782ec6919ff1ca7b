import type { Column } from '@millrace/columnar'

/** Reads the numbers of a column as doubles; of decimals each entry once. */
export function numberReader(column: Column): (row: number) => number {
  switch (column.kind) {
    case 'int64': {
      if (column.safe) return reader(column.values)
      const { values } = column
      return (row) => Number(values[row])
    }
    case 'string':
    case 'bytes': {
      const { codes, dictionary } = column
      const known = new Float64Array(dictionary.size).fill(Number.NaN)
      return (row) => {
        const code = codes[row]
        if (Number.isNaN(known[code])) known[code] = Number(dictionary.text(code))
        return known[code]
      }
    }
    default:
      return reader(column.values)
  }
}

function reader(values: Float64Array | Int32Array | Uint8Array): (row: number) => number {
  return (row) => values[row]
}

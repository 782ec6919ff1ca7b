import type { CodedColumn, Column, Dictionary, WideInt64Column } from '@millrace/columnar'

/**
 * Numbers that stand in the order of a column's values, null least: equal for equal values, and only within this column. A value of a
 * decimal is text with as many digits after the point as all others of its column.
 */
export function orderOf(column: Column, type: string): Float64Array {
  const numbers = numbersOf(column, type)
  if (column.nulls === null) return numbers
  const { nulls } = column
  const withNulls = numbers.slice()
  for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) withNulls[row] = Number.NEGATIVE_INFINITY
  return withNulls
}

function numbersOf(column: Column, type: string): Float64Array {
  switch (column.kind) {
    case 'double':
    case 'timestamp':
      return column.values
    case 'int64':
      return column.safe ? column.values : wideOrder(column)
    case 'string':
    case 'bytes':
      return codedOrder(column, type.startsWith('decimal(') ? decimalRanks(column.dictionary) : byteRanks(column.dictionary))
    default:
      return Float64Array.from(column.values)
  }
}

function wideOrder({ values }: WideInt64Column): Float64Array {
  const sorted = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
  const ranks = new Map(sorted.map((value, rank) => [value, rank]))
  return Float64Array.from(values, (value) => ranks.get(value) as number)
}

function codedOrder({ codes }: CodedColumn, ranks: Float64Array): Float64Array {
  return Float64Array.from(codes, (code) => ranks[code] ?? 0)
}

function byteRanks(dictionary: Dictionary): Float64Array {
  return ranksOf(dictionary.size, (a, b) => Buffer.compare(dictionary.entry(a), dictionary.entry(b)))
}

function decimalRanks(dictionary: Dictionary): Float64Array {
  const unscaled = Array.from({ length: dictionary.size }, (_, code) => BigInt(dictionary.text(code).replace('.', '') || '0'))
  return ranksOf(dictionary.size, (a, b) => (unscaled[a] < unscaled[b] ? -1 : Number(unscaled[a] > unscaled[b])))
}

function ranksOf(size: number, compare: (a: number, b: number) => number): Float64Array {
  const order = Array.from({ length: size }, (_, code) => code).sort(compare)
  const ranks = new Float64Array(size)
  for (const [rank, code] of order.entries()) ranks[code] = rank
  return ranks
}

import { quoteName } from '../feed/parquet-writer.ts'
import { decimalOf } from '../format/single-value.ts'
import type { Comparison, RowFilter } from './row-filter.ts'

const OPERATORS: Readonly<Record<Comparison, string>> = { eq: '=', neq: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' }

/** The filter as a DuckDB expression over the table's columns. */
export function filterSql(filter: RowFilter): string {
  switch (filter.kind) {
    case 'constant':
      return `(${filter.value === null ? 'NULL' : filter.value}::BOOLEAN)`
    case 'and':
    case 'or':
      if (filter.parts.length === 0) return filter.kind === 'and' ? 'true' : 'false'
      return `(${filter.parts.map(filterSql).join(` ${filter.kind.toUpperCase()} `)})`
    case 'not':
      return `(NOT ${filterSql(filter.part)})`
    case 'is-null':
      return `(${quoteName(filter.column.name)} IS NULL)`
    case 'compare':
      return `(${quoteName(filter.column.name)} ${OPERATORS[filter.is]} ${literalSql(filter)})`
  }
}

/** Times by their microseconds and texts by their bytes: both have values that the parser does not take as they are. */
function literalSql({ column: { type }, value }: RowFilter & { kind: 'compare' }): string {
  if (type === 'timestamptz') return `make_timestamptz(${value}::BIGINT)`
  if (type === 'timestamp') return `make_timestamp(${value}::BIGINT)`
  if (type === 'date') return `(DATE '1970-01-01' + (${value})::INTEGER)`
  if (type === 'boolean') return value === 1 ? 'true' : 'false'
  if (type === 'binary') return `unhex('${(value as Buffer).toString('hex')}')`
  if (Buffer.isBuffer(value)) return `decode(unhex('${value.toString('hex')}'))`
  const decimal = decimalOf(type)
  if (decimal !== undefined) return `(${scaledText(BigInt(value), decimal.scale)}::DECIMAL(${decimal.precision}, ${decimal.scale}))`
  return Number.isInteger(value) || typeof value === 'bigint' ? `(${BigInt(value)})` : `(${value}::DOUBLE)`
}

function scaledText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

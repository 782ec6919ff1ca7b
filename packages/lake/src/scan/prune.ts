import type { ScanBound } from '@millrace/core'
import type { RowFilter } from '../filter/row-filter.ts'
import type { Comparable } from '../format/single-value.ts'
import type { TableSchema } from '../format/table-metadata.ts'

const MICROS_PER_MS = 1000n

/** The bounds of a scan as a filter of rows. Bounds on columns that the table does not have, or of another kind, say nothing. */
export function boundsFilter(schema: TableSchema, bounds: readonly ScanBound[]): RowFilter {
  const parts = bounds.flatMap(({ column, min, max }): RowFilter[] => {
    const field = schema.fields.find(({ name }) => name === column)
    if (field === undefined) return []
    const least = comparable(field.type, min, 'min')
    const greatest = comparable(field.type, max, 'max')
    return [
      ...(least === undefined ? [] : [{ kind: 'compare', column: field, is: 'gte', value: least } as const]),
      ...(greatest === undefined ? [] : [{ kind: 'compare', column: field, is: 'lte', value: greatest } as const]),
    ]
  })
  return { kind: 'and', parts }
}

function comparable(type: unknown, value: number | bigint | string | undefined, side: 'min' | 'max'): Comparable | undefined {
  if (value === undefined) return undefined
  if (type === 'timestamptz' || type === 'timestamp') return micros(value, side)
  if (type === 'string') return typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined
  return typeof value === 'string' || type === 'binary' || type === 'boolean' ? undefined : value
}

function micros(value: number | bigint | string, side: 'min' | 'max'): bigint | undefined {
  if (typeof value === 'string') return undefined
  // A whole number of milliseconds that leaves no time out: down for the least, up for the greatest.
  const whole = typeof value === 'bigint' ? value : BigInt(side === 'min' ? Math.floor(value) : Math.ceil(value))
  return whole * MICROS_PER_MS
}

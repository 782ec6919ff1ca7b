import { type Step, tieColumns } from '@millrace/core'
import { identifier } from './identifier.ts'

/**
 * ORDER BY terms of the one order of rows: event time, arrival, position, and, where not all rows have an arrival, all columns from left
 * to right. Null is the least value.
 */
export function rowOrder({ checked, timed }: Step, direction: 'first' | 'last' = 'first'): readonly string[] {
  const columns = checked.tie.arrival === 'always' ? [] : checked.fields.map((field) => field.name)
  return [...(timed ? ['_event_time'] : []), ...tieColumns(checked.tie), ...columns].map((name) =>
    direction === 'first' ? ascending(identifier(name)) : descending(identifier(name)),
  )
}

export function ascending(sql: string): string {
  return `${sql} ASC NULLS FIRST`
}

export function descending(sql: string): string {
  return `${sql} DESC NULLS LAST`
}

/** What a window function goes over; without keys all rows are one partition. */
export function overText(keys: readonly string[], order: readonly string[]): string {
  const by = keys.length === 0 ? [] : [`PARTITION BY ${keys.join(', ')}`]
  return [...by, ...(order.length === 0 ? [] : [`ORDER BY ${order.join(', ')}`])].join(' ')
}

import type { Field } from '@millrace/columnar'
import { tieColumns } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { orderedForm } from './comparable.ts'
import { identifier } from './identifier.ts'
import { atom, HIDDEN_ZERO } from './printed.ts'
import { aliased, nested, selectText } from './select-text.ts'

/** A column that rows are ordered by, and its plan type. */
export type OrderColumn = Pick<Field, 'name' | 'type'>

/**
 * What the one order of rows goes by: event time, arrival, position, and, where not all rows have an arrival, all columns from left to
 * right. Null is the least value.
 */
export function orderColumns({ checked, timed }: Step): readonly OrderColumn[] {
  return [...(timed ? [{ name: '_time_ms', type: 'int64' }] : []), ...tieOrder({ checked })]
}

/** The same behind the event time. */
export function tieOrder({ checked }: Pick<Step, 'checked'>): readonly OrderColumn[] {
  const columns = checked.tie.arrival === 'always' ? [] : checked.fields
  return [...tieColumns(checked.tie).map((name) => ({ name, type: 'int64' })), ...columns]
}

export function ascending({ name, type }: OrderColumn): string {
  return `${orderedForm(atom(identifier(name), type)).sql} ASC NULLS FIRST`
}

export function descending({ name, type }: OrderColumn): string {
  return `${orderedForm(atom(identifier(name), type)).sql} DESC NULLS LAST`
}

interface Ranking {
  /** A table expression. */
  readonly rows: string
  /** Columns of which each combination is ranked by itself. */
  readonly partition: readonly string[]
  /** ORDER BY terms. */
  readonly order: readonly string[]
  readonly n: number
}

/**
 * The first rows of each partition, with their place as `_rank`. Flink 2.3 takes what it ranks first for rows that only come, though it
 * replaces them, where no more than one of rows that only come is asked for: it is asked for two, and the second is left out where the
 * planner does not see it, by a value that it may not compute twice and so does not bring together with the ranking. It also refuses to rank by
 * nothing but constants, as which it knows columns that conditions bind to one value: what ends the order is none.
 */
export function firstRows({ rows, partition, order, n }: Ranking): string {
  const by = partition.length === 0 ? '' : `PARTITION BY ${partition.join(', ')} `
  const rank = `ROW_NUMBER() OVER (${by}ORDER BY ${[...order, HIDDEN_ZERO].join(', ')})`
  const ranked = selectText(['*', aliased(rank, '_rank')], [`FROM ${rows}`])
  if (n > 1) return selectText(['*'], [`FROM ${nested(ranked)}`, `WHERE \`_rank\` <= ${n}`])
  const placed = selectText(['*', aliased(`\`_rank\` + ${HIDDEN_ZERO}`, '_place')], [`FROM ${nested(ranked)}`, 'WHERE `_rank` <= 2'])
  return selectText(['*'], [`FROM ${nested(placed)}`, 'WHERE `_place` = 1 AND ABS(`_place`) = 1'])
}

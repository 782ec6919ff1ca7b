import type { Field } from '@millrace/columnar'
import { atom, operand, type Printed } from '@millrace/core'
import { identifier } from './identifier.ts'
import { nested, selectText } from './select-text.ts'

export { atom, compound, operand, type Printed } from '@millrace/core'

/** Where expressions are printed: over these columns, and beside them what had to be given a name. */
export interface Scope {
  readonly fields: readonly Field[]
  /** Named values, each of which may use those before it. */
  readonly named: string[]
}

export function scopeOf(fields: readonly Field[]): Scope {
  return { fields, named: [] }
}

/** Longest text that is written twice; longer operands are given a name first, so that nesting cannot blow up the statement. */
const REPEATED_TEXT_MAX = 60

/** Writes `body` with the operands' texts, each of which it may use several times. */
export function bind(scope: Scope, values: readonly Printed[], body: (...texts: string[]) => string): string {
  return body(...values.map((value) => (value.sql.length <= REPEATED_TEXT_MAX ? operand(value) : name(scope, value.sql))))
}

function name({ named }: Scope, sql: string): string {
  const place = named.indexOf(sql)
  return valueName(place >= 0 ? place : named.push(sql) - 1)
}

function valueName(place: number): string {
  return identifier(`_v${place}`)
}

/** A `FROM` of the table expression `rows`, beside whose columns stand the scope's named values, those first that others use. */
export function fromRows({ named }: Scope, rows: string): string {
  const uses = named.map((sql) => named.flatMap((_, i) => (sql.includes(valueName(i)) ? [i] : [])))
  const depths: number[] = []
  for (const used of uses) depths.push(1 + Math.max(-1, ...used.map((i) => depths[i])))
  let from = `FROM ${rows}`
  for (let depth = 0; depths.includes(depth); depth++) {
    const values = named.flatMap((sql, i) => (depths[i] === depth ? [`${opaque(sql)} AS ${valueName(i)}`] : []))
    from = `FROM ${nested(selectText(['*', ...values], [from]))}`
  }
  return from
}

/** 0, which Flink's planner does not know: what is drawn at random it computes no more often than it is written, and never before a job runs. */
export const HIDDEN_ZERO = 'RAND_INTEGER(1)'

/**
 * A value that Flink's planner does not look into, as it would be another with each draw: written once it is computed once, though it is used
 * twice, and nothing is known of it. (An element of a list of one is computed once too, but the planner fails at many such joins.)
 */
function opaque(sql: string): string {
  return `CASE WHEN ${HIDDEN_ZERO} = 0 THEN ${sql} END`
}

/** NaN and infinities become NULL, −0 becomes 0; anything but a raw double is given back as it is. */
export function finite(scope: Scope, printed: Printed): Printed {
  if (printed.raw !== true) return printed
  return atom(
    bind(scope, [printed], (x) => finiteText(x)),
    'double',
  )
}

const DOUBLE_MAX = '1.7976931348623157E308'

/** The same of a text that may be repeated. */
export function finiteText(x: string): string {
  return `CASE WHEN ${x} >= -${DOUBLE_MAX} AND ${x} <= ${DOUBLE_MAX} THEN ${x} + 0E0 END`
}

/** The value as another numeric type. */
export function widened(scope: Scope, printed: Printed, type: string): Printed {
  const value = finite(scope, printed)
  if (value.type === type) return value
  if (type.startsWith('decimal(')) return atom(`TRY_CAST(${value.sql} AS ${type.toUpperCase()})`, type)
  if (type === 'double') return atom(`CAST(${value.sql} AS DOUBLE)`, 'double')
  if (type === 'int64' && value.type === 'int32') return atom(`CAST(${value.sql} AS BIGINT)`, 'int64')
  return value
}

/** An exact whole number as int64, NULL where it leaves it: Flink's own cast would wrap around. */
export function narrowed(sql: string): string {
  return `TRY_CAST(CAST(${sql} AS STRING) AS BIGINT)`
}

/** A whole number with room for what arithmetic of int64 gives. */
export function wide(value: Printed): string {
  return `TRY_CAST(${value.sql} AS DECIMAL(38, 0))`
}

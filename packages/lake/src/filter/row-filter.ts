import { type Expr, type LiteralExpr, literalValue, userError } from '@millrace/core'
import { type Comparable, decimalOf } from '../format/single-value.ts'
import type { SchemaField, TableSchema } from '../format/table-metadata.ts'

const MICROS_PER_MS = 1000n

export type Comparison = 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte'

export interface FilterColumn {
  readonly id: number
  readonly name: string
  readonly type: unknown
}

/** A filter of rows that can be judged for a whole file by its statistics. Three-valued, as all expressions. */
export type RowFilter =
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly RowFilter[] }
  | { readonly kind: 'not'; readonly part: RowFilter }
  | { readonly kind: 'is-null'; readonly column: FilterColumn }
  | { readonly kind: 'compare'; readonly column: FilterColumn; readonly is: Comparison; readonly value: Comparable }

const MIRRORED: Readonly<Record<Comparison, Comparison>> = { eq: 'eq', neq: 'neq', lt: 'gt', lte: 'gte', gt: 'lt', gte: 'lte' }

/**
 * Reads a filter on a table's columns: comparisons of a column with a literal, `in`, `between`, `is_null`, `is_not_null`, `and`, `or`, `not`.
 * @throws `lake/unknown-column`, `lake/unsupported-filter`
 */
export function resolveFilter(where: Expr, schema: TableSchema): RowFilter {
  if ('lit' in where) return constant(where)
  if ('col' in where) return compare(column(where, schema), 'eq', { lit: 'true', type: 'boolean' })
  if (!('fn' in where)) throw unsupported(where)
  const { fn, args } = where
  const inner = (expr: Expr) => resolveFilter(expr, schema)
  switch (fn) {
    case 'and':
    case 'or':
      return { kind: fn, parts: args.map(inner) }
    case 'not':
      return { kind: 'not', part: inner(args[0]) }
    case 'is_null':
      return { kind: 'is-null', column: column(args[0], schema) }
    case 'is_not_null':
      return { kind: 'not', part: { kind: 'is-null', column: column(args[0], schema) } }
    case 'in':
      return { kind: 'or', parts: args.slice(1).map((value) => compareBoth('eq', args[0], value, schema)) }
    case 'between':
      return { kind: 'and', parts: [compareBoth('gte', args[0], args[1], schema), compareBoth('lte', args[0], args[2], schema)] }
    default:
      if (!(fn in MIRRORED)) throw unsupported(where)
      return compareBoth(fn as Comparison, args[0], args[1], schema)
  }
}

function compareBoth(is: Comparison, left: Expr, right: Expr, schema: TableSchema): RowFilter {
  if ('lit' in left && 'col' in right) return compare(column(right, schema), MIRRORED[is], left)
  if ('lit' in right) return compare(column(left, schema), is, right)
  throw unsupported({ fn: is, args: [left, right] })
}

function compare(of: FilterColumn, is: Comparison, literal: LiteralExpr): RowFilter {
  if (literal.lit === null) return { kind: 'constant', value: null }
  const value = comparable(of.type, literal)
  if (value === undefined) throw notComparable(of, literal)
  return { kind: 'compare', column: of, is, value }
}

function constant(literal: LiteralExpr): RowFilter {
  const value = literalValue(literal)
  if (value !== null && typeof value !== 'boolean') throw unsupported(literal)
  return { kind: 'constant', value }
}

function column(expr: Expr, schema: TableSchema): FilterColumn {
  if (!('col' in expr)) throw unsupported(expr)
  const field = schema.fields.find(({ name }) => name === expr.col)
  if (field === undefined) throw unknownColumn(expr.col, schema.fields)
  return { id: field.id, name: field.name, type: field.type }
}

/** The literal as a value of the column's order; undefined where the two do not compare. */
function comparable(type: unknown, literal: LiteralExpr): Comparable | undefined {
  const decimal = decimalOf(type)
  if (decimal !== undefined) return unscaled(literal, decimal.scale)
  const value = literalValue(literal)
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'timestamp':
    case 'timestamptz':
      return literal.type === 'timestamp' && typeof value === 'number' ? BigInt(value) * MICROS_PER_MS : undefined
    case 'date':
      return literal.type === 'date' ? (value as number | undefined) : undefined
    case 'string':
    case 'uuid':
      return typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined
    case 'binary':
      return value instanceof Uint8Array ? Buffer.from(value) : undefined
    case 'long':
      return isNumber ? (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value) : undefined
    case 'int':
    case 'float':
    case 'double':
      return isNumber && literal.type !== 'timestamp' && literal.type !== 'date' ? value : undefined
    default:
      return undefined
  }
}

/** A decimal literal at the column's scale; a finer one has no exact form there. */
function unscaled({ lit, type }: LiteralExpr, scale: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(lit ?? '')
  if (match === null || !/^(decimal\(|int)/.test(type)) return undefined
  const [, sign, whole, fraction = ''] = match
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > scale) return undefined
  const value = BigInt(whole + kept.padEnd(scale, '0'))
  return sign === '-' ? -value : value
}

function unknownColumn(asked: string, fields: readonly SchemaField[]): Error {
  const found = fields.map(({ name }) => name)
  return userError(
    'lake/unknown-column',
    `The filter reads \`${asked}\`, which is not a column of the table; it has ${found.join(', ')}.`,
    {
      asked,
      found,
      do: 'Use one of the columns found.',
    },
  )
}

function unsupported(expr: Expr): Error {
  return userError(
    'lake/unsupported-filter',
    `A filter of a table compares columns with literals; this part of it does not: ${JSON.stringify(expr)}.`,
    {
      asked: expr,
      found: ['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'between', 'is_null', 'is_not_null', 'and', 'or', 'not'],
      do: 'Write the filter with the functions found, a column on one side and a literal on the other.',
    },
  )
}

function notComparable({ name, type }: FilterColumn, literal: LiteralExpr): Error {
  return userError(
    'lake/unsupported-filter',
    `Column \`${name}\` is ${typeof type === 'string' ? type : 'nested'} and cannot be compared with ${literal.lit} of type ${literal.type}.`,
    { asked: literal, found: type, do: "Write a literal of the column's type." },
  )
}

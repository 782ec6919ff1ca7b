import type { Value } from '@millrace/columnar'
import type { Expr } from '@millrace/core'
import fc from 'fast-check'

/** A row as the model keeps it: values by column name. */
export type ModelRow = Readonly<Record<string, Value>>

/** Three-valued logic, written out. */
type Truth = boolean | null

/** What a filter gives for a row; the naive reading of an expression. */
export function judge(expr: Expr, row: ModelRow): Truth {
  if ('lit' in expr) return expr.lit === null ? null : expr.lit === 'true'
  if (!('fn' in expr)) return null
  const { fn, args } = expr
  const inner = () => args.map((arg) => judge(arg, row))
  switch (fn) {
    case 'and':
      return inner().includes(false) ? false : inner().includes(null) ? null : true
    case 'or':
      return inner().includes(true) ? true : inner().includes(null) ? null : false
    case 'not': {
      const value = judge(args[0], row)
      return value === null ? null : !value
    }
    case 'is_null':
      return valueOf(args[0], row) === null
    case 'is_not_null':
      return valueOf(args[0], row) !== null
    case 'in':
      return judge({ fn: 'or', args: args.slice(1).map((value) => ({ fn: 'eq', args: [args[0], value] })) }, row)
    case 'between':
      return judge(
        {
          fn: 'and',
          args: [
            { fn: 'gte', args: [args[0], args[1]] },
            { fn: 'lte', args: [args[0], args[2]] },
          ],
        },
        row,
      )
    default:
      return compared(fn, valueOf(args[0], row), valueOf(args[1], row))
  }
}

function compared(fn: string, left: Value, right: Value): Truth {
  if (left === null || right === null) return null
  const order =
    typeof left === 'string' ? Buffer.compare(Buffer.from(left), Buffer.from(right as string)) : left < right ? -1 : left > right ? 1 : 0
  const truths: Readonly<Record<string, boolean>> = {
    eq: order === 0,
    neq: order !== 0,
    lt: order < 0,
    lte: order <= 0,
    gt: order > 0,
    gte: order >= 0,
  }
  return truths[fn]
}

function valueOf(expr: Expr, row: ModelRow): Value {
  if ('col' in expr) return row[expr.col] ?? null
  if (!('lit' in expr) || expr.lit === null) return null
  if (expr.type === 'string') return expr.lit
  if (expr.type === 'date') return Date.parse(`${expr.lit}T00:00:00Z`) / DAY_MS
  return expr.type === 'boolean' ? expr.lit === 'true' : Number(expr.lit)
}

export interface ModelColumn {
  readonly name: string
  readonly type: string
}

const TEXTS = ['', 'a', 'ab', 'abcd', 'b', 'ü', 'same prefix of more than sixteen', 'same prefix of more than sixteen letters', '😀']
const DAY_MS = 86_400_000

/** Small domains, so that filters meet rows, files and partitions. */
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  timestamp: fc.integer({ min: -40, max: 40 }).map((n) => n * (DAY_MS / 8) - 1),
  int64: fc.integer({ min: -12, max: 12 }),
  int32: fc.integer({ min: -12, max: 12 }),
  double: fc.integer({ min: -6, max: 6 }).map((n) => n / 2 + 0),
  boolean: fc.boolean(),
  string: fc.constantFrom(...TEXTS),
  date: fc.integer({ min: -3, max: 3 }),
}

export function values(type: string): fc.Arbitrary<Value> {
  return VALUES[type]
}

/** A row of the given columns; nulls now and then. */
export function rows(columns: readonly ModelColumn[]): fc.Arbitrary<ModelRow> {
  return fc.record(Object.fromEntries(columns.map(({ name, type }) => [name, fc.option(values(type), { freq: 6 })])))
}

const COMPARISONS = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'] as const

/** A filter over the columns. */
export function filters(columns: readonly ModelColumn[]): fc.Arbitrary<Expr> {
  const leaf = fc.constantFrom(...columns).chain(leafOn)
  const { tree } = fc.letrec<{ tree: Expr }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      leaf,
      fc.tuple(fc.constantFrom('and', 'or'), tie('tree'), tie('tree')).map(([fn, a, b]): Expr => ({ fn, args: [a, b] })),
      tie('tree').map((inner): Expr => ({ fn: 'not', args: [inner] })),
    ),
  }))
  return tree
}

function leafOn({ name, type }: ModelColumn): fc.Arbitrary<Expr> {
  const col = { col: name }
  const literal = values(type).map((value) => literalOf(value, type))
  const comparisons = type === 'boolean' ? COMPARISONS.slice(0, 2) : COMPARISONS
  const choices: fc.Arbitrary<Expr>[] = [
    fc.tuple(fc.constantFrom(...comparisons), literal).map(([fn, lit]): Expr => ({ fn, args: [col, lit] })),
    fc.constantFrom('is_null', 'is_not_null').map((fn): Expr => ({ fn, args: [col] })),
    fc.array(literal, { minLength: 1, maxLength: 3 }).map((list): Expr => ({ fn: 'in', args: [col, ...list] })),
  ]
  if (type !== 'boolean') choices.push(fc.tuple(literal, literal).map(([a, b]): Expr => ({ fn: 'between', args: [col, a, b] })))
  return fc.oneof(...choices)
}

export function literalOf(value: Value, type: string): { lit: string | null; type: string } {
  if (value === null) return { lit: null, type }
  return { lit: type === 'date' ? new Date((value as number) * DAY_MS).toISOString().slice(0, 10) : String(value), type }
}

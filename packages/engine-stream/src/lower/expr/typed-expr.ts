import {
  bugError,
  type CastExpr,
  commonType,
  type Expr,
  FUNCTIONS,
  isDecimalQuotient,
  type LiteralExpr,
  type LiteralValue,
  literalValue,
  parseType,
  typeText,
} from '@millrace/core'
import { isCoded } from './store-form.ts'

/** An expression whose columns are registers and whose every part knows its type. */
export type TypedExpr =
  | { readonly kind: 'column'; readonly register: number; readonly type: string }
  | { readonly kind: 'literal'; readonly value: LiteralValue; readonly type: string }
  | { readonly kind: 'call'; readonly fn: string; readonly args: readonly TypedExpr[]; readonly type: string }
  | { readonly kind: 'cast'; readonly of: TypedExpr; readonly type: string }
  | { readonly kind: 'field'; readonly of: TypedExpr; readonly place: number; readonly type: string }
  | {
      readonly kind: 'case'
      readonly branches: readonly (readonly [TypedExpr, TypedExpr])[]
      readonly otherwise: TypedExpr
      readonly type: string
    }

export interface RegisterRef {
  readonly register: number
  readonly type: string
}

/** Resolves names to registers and types every part of a checked expression. */
export function resolveExpr(expr: Expr, columnOf: (name: string) => RegisterRef): TypedExpr {
  const resolve = (part: Expr): TypedExpr => resolveExpr(part, columnOf)
  if ('col' in expr) return { kind: 'column', ...columnOf(expr.col) }
  if ('lit' in expr) return { kind: 'literal', value: literalOf(expr), type: expr.type }
  if ('cast' in expr) return quotient(expr, resolve) ?? { kind: 'cast', of: resolve(expr.cast), type: expr.to }
  if ('fn' in expr) {
    const args = expr.args.map(resolve)
    return { kind: 'call', fn: expr.fn, args, type: callType(expr.fn, args, expr.args) }
  }
  if ('case' in expr) {
    const branches = expr.case.map(([when, then]) => [resolve(when), resolve(then)] as const)
    const otherwise = expr.else === undefined ? undefined : resolve(expr.else)
    const results = [...branches.map(([, then]) => then), ...(otherwise === undefined ? [] : [otherwise])]
    const type = results.map((result) => result.type).reduce(common)
    return { kind: 'case', branches, otherwise: otherwise ?? { kind: 'literal', value: null, type }, type }
  }
  return fieldOf(expr.field, resolve(expr.of))
}

/** A quotient of decimals is computed in the type that it is cast to. */
function quotient(expr: CastExpr, resolve: (part: Expr) => TypedExpr): TypedExpr | undefined {
  if (!('fn' in expr.cast) || expr.cast.fn !== 'div') return undefined
  const args = expr.cast.args.map(resolve)
  const [a, b] = args.map((arg) => arg.type)
  return isDecimalQuotient(a, b, expr.to) ? { kind: 'call', fn: 'div', args, type: expr.to } : undefined
}

function fieldOf(name: string, of: TypedExpr): TypedExpr {
  const struct = parseType(of.type)
  const place = struct?.kind === 'struct' ? struct.fields.findIndex((field) => field.name === name) : -1
  if (struct?.kind === 'struct' && place >= 0) return { kind: 'field', of, place, type: typeText(struct.fields[place].type) }
  throw bugError('stream/unexpected-field', `Field \`${name}\` of ${of.type} came through the plan's checks.`, { asked: name })
}

function literalOf(expr: LiteralExpr): LiteralValue {
  const value = literalValue(expr)
  if (value !== undefined) return value
  throw bugError(
    'stream/unexpected-literal',
    `The literal ${JSON.stringify(expr.lit)} of type ${expr.type} came through the plan's checks.`,
    { asked: expr.lit },
  )
}

function common(a: string, b: string): string {
  const type = commonType(a, b)
  if (type !== undefined) return type
  throw bugError('stream/no-common-type', `${a} and ${b} came through the plan's checks as one type.`, { asked: [a, b] })
}

function callType(fn: string, args: readonly TypedExpr[], exprs: readonly Expr[]): string {
  const checked = FUNCTIONS.get(fn)?.check(
    args.map((arg) => ({ type: arg.type, nullable: true })),
    exprs,
  )
  if (typeof checked === 'object') return checked.type
  throw bugError('stream/unexpected-call', `The call of \`${fn}\` came through the plan's checks: ${checked ?? 'no such function'}.`, {
    asked: fn,
  })
}

/** The registers an expression reads. */
export function registersOf(expr: TypedExpr, found: Set<number> = new Set()): Set<number> {
  if (expr.kind === 'column') found.add(expr.register)
  for (const part of partsOf(expr)) registersOf(part, found)
  return found
}

/** How many times a column occurs whose values are codes of a dictionary. */
export function codedColumns(expr: TypedExpr): number {
  if (expr.kind === 'column') return isCoded(expr.type) ? 1 : 0
  return partsOf(expr).reduce((sum, part) => sum + codedColumns(part), 0)
}

/** Whether int64 occurs anywhere, so that a bigint variant makes sense. */
export function usesInt64(expr: TypedExpr): boolean {
  return expr.type === 'int64' || partsOf(expr).some(usesInt64)
}

function partsOf(expr: TypedExpr): readonly TypedExpr[] {
  switch (expr.kind) {
    case 'call':
      return expr.args
    case 'cast':
    case 'field':
      return [expr.of]
    case 'case':
      return [...expr.branches.flat(), expr.otherwise]
    default:
      return []
  }
}

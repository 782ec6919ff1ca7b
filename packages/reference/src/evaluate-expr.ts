import type { CaseExpr, CastExpr, Expr } from '@millrace/core'
import { type Datum, settle, widen } from './datum.ts'
import { functionRule, typeOfExpr } from './expr-type.ts'
import { literalDatum } from './literal.ts'

/** First and last representable instant: 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z. */
const TIMESTAMP_MIN = -62_135_596_800_000n
const TIMESTAMP_MAX = 253_402_300_799_999n

/** What an expression is evaluated over: the row's columns and their types. */
export interface Scope {
  readonly columns: ReadonlyMap<string, Datum>
  readonly types: ReadonlyMap<string, string>
}

/**
 * The value of an expression over one row. Every expression is total: what has no result is null. Each result, of inner
 * expressions too, is settled: NaN, infinities and integers outside int64 become null, −0 becomes 0.
 */
export function evaluateExpr(expr: Expr, scope: Scope): Datum {
  if ('col' in expr) return scope.columns.get(expr.col) as Datum
  if ('lit' in expr) return settle(literalDatum(expr))
  if ('cast' in expr) return evaluateCast(expr, scope)
  const result = 'case' in expr ? evaluateCase(expr, scope) : evaluateCall(expr, scope)
  return settle(widen(result, typeOfExpr(expr, scope.types)))
}

/** All arguments are evaluated: no expression can fail, so the order does not show. */
function evaluateCall(expr: Expr, scope: Scope): Datum {
  const { fn, args } = expr as { fn: string; args: readonly Expr[] }
  return functionRule(fn).apply(args.map((arg) => evaluateExpr(arg, scope)))
}

/** The result beside the first condition that is true; without one, `else`; without that, null. */
function evaluateCase(expr: CaseExpr, scope: Scope): Datum {
  for (const [when, then] of expr.case) {
    if (evaluateExpr(when, scope) === true) return evaluateExpr(then, scope)
  }
  return expr.else === undefined ? null : evaluateExpr(expr.else, scope)
}

/** Allowed pairs: int32 to int64, int32 and int64 to double, timestamp to int64 and back by epoch ms (null out of range). */
function evaluateCast(expr: CastExpr, scope: Scope): Datum {
  const value = evaluateExpr(expr.cast, scope)
  const from = typeOfExpr(expr.cast, scope.types)
  if (value === null || from === expr.to) return value
  if (from === 'timestamp') return BigInt(value as number)
  if (expr.to !== 'timestamp') return widen(value, expr.to)
  const ms = value as bigint
  return ms >= TIMESTAMP_MIN && ms <= TIMESTAMP_MAX ? Number(ms) : null
}

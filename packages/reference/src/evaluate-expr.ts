import type { CallExpr, CaseExpr, CastExpr, Expr, FieldExpr } from '@millrace/core'
import { divideExactly } from './arithmetic-function.ts'
import { castDatum } from './cast.ts'
import { type Datum, settle, widen } from './datum.ts'
import { decimalType, isDecimalType } from './decimal.ts'
import { functionRule, typeOfExpr } from './expr-type.ts'
import { literalDatum } from './literal.ts'
import { structField } from './nested-function.ts'

/** What an expression is evaluated over: the row's columns and their types. */
export interface Scope {
  readonly columns: ReadonlyMap<string, Datum>
  readonly types: ReadonlyMap<string, string>
}

/**
 * The value of an expression over one row. Every expression is total: what has no result is null. Each result, of inner
 * expressions too, is settled: NaN, infinities and numbers outside their type become null, −0 becomes 0.
 */
export function evaluateExpr(expr: Expr, scope: Scope): Datum {
  if ('col' in expr) return scope.columns.get(expr.col) as Datum
  if ('lit' in expr) return settle(literalDatum(expr), expr.type)
  if ('cast' in expr) return evaluateCast(expr, scope)
  if ('field' in expr) return evaluateField(expr, scope)
  const type = typeOfExpr(expr, scope.types)
  const result = 'case' in expr ? evaluateCase(expr, scope) : evaluateCall(expr, scope, type)
  return settle(widen(result, type), type)
}

/** All arguments are evaluated: no expression can fail, so the order does not show. */
function evaluateCall({ fn, args }: CallExpr, scope: Scope, type: string): Datum {
  return functionRule(fn).apply(
    args.map((arg) => evaluateExpr(arg, scope)),
    type,
  )
}

/** The result beside the first condition that is true; without one, `else`; without that, null. */
function evaluateCase(expr: CaseExpr, scope: Scope): Datum {
  for (const [when, then] of expr.case) {
    if (evaluateExpr(when, scope) === true) return evaluateExpr(then, scope)
  }
  return expr.else === undefined ? null : evaluateExpr(expr.else, scope)
}

/** A quotient in a cast to a decimal is exact, where an operand is decimal: it is rounded once, to the cast's type. */
function evaluateCast(expr: CastExpr, scope: Scope): Datum {
  if ('fn' in expr.cast && expr.cast.fn === 'div' && isDecimalType(expr.to)) {
    const types = expr.cast.args.map((arg) => typeOfExpr(arg, scope.types))
    if (types.some(isDecimalType) && !types.includes('double')) {
      const [a, b] = expr.cast.args.map((arg) => evaluateExpr(arg, scope))
      return a === null || b === null ? null : settle(divideExactly(a, b, decimalType(expr.to).scale), expr.to)
    }
  }
  return castDatum(evaluateExpr(expr.cast, scope), typeOfExpr(expr.cast, scope.types), expr.to)
}

function evaluateField(expr: FieldExpr, scope: Scope): Datum {
  const struct = evaluateExpr(expr.of, scope)
  return struct === null ? null : structField(struct as string, expr.field, typeOfExpr(expr, scope.types))
}

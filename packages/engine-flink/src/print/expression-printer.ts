import type { CallExpr, CaseExpr, CastExpr, Expr } from '@millrace/core'
import { bugError, commonType, isDecimalQuotient } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { castTo } from './cast-printer.ts'
import { decimalQuotient } from './decimal-printer.ts'
import { FUNCTION_PRINTERS } from './function-printer.ts'
import { identifier } from './identifier.ts'
import { printLiteral } from './literal-printer.ts'
import { printField } from './nested-printer.ts'
import { atom, finite, type Printed, type Scope, widened } from './printed.ts'

/** A checked expression over the scope's columns as SQL whose value is tidy: no NaN, infinity or −0. */
export function printExpression(expr: Expr, scope: Scope): Printed {
  return finite(scope, print(expr, scope))
}

function print(expr: Expr, scope: Scope): Printed {
  if ('col' in expr) return printColumn(expr.col, scope)
  if ('lit' in expr) return printLiteral(expr)
  if ('fn' in expr) return printCall(expr, scope)
  if ('cast' in expr) return printCast(expr, scope)
  if ('case' in expr) return printCase(expr, scope)
  return printField(expr, print(expr.of, scope), scope)
}

function printColumn(name: string, { fields }: Scope): Printed {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined)
    throw bugError('engine/unknown-column', `Column \`${name}\` is not among the input's columns.`, {
      asked: name,
      found: fields.map((one) => one.name),
    })
  return atom(identifier(name), field.type)
}

function printCall(expr: CallExpr, scope: Scope): Printed {
  const printer = FUNCTION_PRINTERS[expr.fn]
  if (printer === undefined) throw unsupported(`function ${expr.fn}`, 'an expression')
  return printer(
    expr.args.map((arg) => print(arg, scope)),
    { exprs: expr.args, scope },
  )
}

/** A quotient of decimals is computed in the type that it is cast to. */
function printCast(expr: CastExpr, scope: Scope): Printed {
  if ('fn' in expr.cast && expr.cast.fn === 'div') {
    const [a, b] = expr.cast.args.map((arg) => print(arg, scope))
    if (isDecimalQuotient(a.type, b.type, expr.to)) return decimalQuotient(scope, { a, b, type: expr.to })
  }
  return castTo(scope, printExpression(expr.cast, scope), expr.to)
}

function printCase(expr: CaseExpr, scope: Scope): Printed {
  const branches = expr.case.map(([when, then]) => ({ when: printExpression(when, scope), then: printExpression(then, scope) }))
  const otherwise = expr.else === undefined ? undefined : printExpression(expr.else, scope)
  const results = [...branches.map((branch) => branch.then), ...(otherwise === undefined ? [] : [otherwise])]
  const type = results.map((result) => result.type).reduce((common, next) => commonType(common, next) ?? common)
  const whens = branches.map(({ when, then }) => `WHEN ${when.sql} THEN ${widened(scope, then, type).sql}`)
  const last = otherwise === undefined ? '' : ` ELSE ${widened(scope, otherwise, type).sql}`
  return atom(`CASE ${whens.join(' ')}${last} END`, type)
}

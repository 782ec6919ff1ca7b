import type { Field } from '@millrace/columnar'
import { bugError, type CallExpr, type CaseExpr, type CastExpr, commonType, type Expr, isDecimalQuotient } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { castTo } from './cast-printer.ts'
import { decimalQuotient } from './decimal-printer.ts'
import { FUNCTION_PRINTERS } from './function-printer.ts'
import { identifier } from './identifier.ts'
import { printLiteral } from './literal-printer.ts'
import { printField } from './nested-printer.ts'
import { atom, finite, type Printed, widened } from './printed.ts'

/** A checked expression over the columns of one input as SQL whose value is tidy: no NaN, infinity or −0. */
export function printExpression(expr: Expr, fields: readonly Field[]): Printed {
  return finite(print(expr, fields))
}

function print(expr: Expr, fields: readonly Field[]): Printed {
  if ('col' in expr) return printColumn(expr.col, fields)
  if ('lit' in expr) return printLiteral(expr)
  if ('fn' in expr) return printCall(expr, fields)
  if ('cast' in expr) return printCast(expr, fields)
  if ('case' in expr) return printCase(expr, fields)
  return printField(expr, print(expr.of, fields))
}

function printColumn(name: string, fields: readonly Field[]): Printed {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined)
    throw bugError('engine/unknown-column', `Column \`${name}\` is not among the input's columns.`, {
      asked: name,
      found: fields.map((one) => one.name),
    })
  return atom(identifier(name), field.type)
}

function printCall(expr: CallExpr, fields: readonly Field[]): Printed {
  const printer = FUNCTION_PRINTERS[expr.fn]
  if (printer === undefined) throw unsupported(`function ${expr.fn}`, 'an expression')
  return printer(
    expr.args.map((arg) => print(arg, fields)),
    expr.args,
  )
}

/** A quotient of decimals is computed in the type that it is cast to. */
function printCast(expr: CastExpr, fields: readonly Field[]): Printed {
  if ('fn' in expr.cast && expr.cast.fn === 'div') {
    const [a, b] = expr.cast.args.map((arg) => print(arg, fields))
    if (isDecimalQuotient(a.type, b.type, expr.to)) return decimalQuotient(a, b, expr.to)
  }
  return castTo(printExpression(expr.cast, fields), expr.to)
}

function printCase(expr: CaseExpr, fields: readonly Field[]): Printed {
  const branches = expr.case.map(([when, then]) => ({ when: printExpression(when, fields), then: printExpression(then, fields) }))
  const otherwise = expr.else === undefined ? undefined : printExpression(expr.else, fields)
  const results = [...branches.map((branch) => branch.then), ...(otherwise === undefined ? [] : [otherwise])]
  const type = results.map((result) => result.type).reduce((common, next) => commonType(common, next) ?? common)
  const whens = branches.map(({ when, then }) => `WHEN ${when.sql} THEN ${widened(then, type).sql}`)
  const last = otherwise === undefined ? '' : ` ELSE ${widened(otherwise, type).sql}`
  return atom(`CASE ${whens.join(' ')}${last} END`, type)
}

/** A condition as the text of a WHERE or FILTER clause. */
export function printCondition(expr: Expr, fields: readonly Field[]): string {
  return printExpression(expr, fields).sql
}

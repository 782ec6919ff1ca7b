import type { Field } from '@millrace/columnar'
import type { CallExpr, CaseExpr, CastExpr, Expr } from '@millrace/core'
import { bugError, commonType } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { FUNCTION_PRINTERS } from './function-printer.ts'
import { identifier } from './identifier.ts'
import { printLiteral } from './literal-printer.ts'
import { atom, bind, finite, type Printed, widened } from './printed.ts'

/** Times between the years 1 and 9999, in epoch ms. */
const TIME_MIN = '-62135596800000'
const TIME_MAX = '253402300799999'

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
  throw unsupported('struct fields', `field \`${expr.field}\``)
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

function printCast(expr: CastExpr, fields: readonly Field[]): Printed {
  const value = printExpression(expr.cast, fields)
  if (value.type === expr.to) return value
  if (value.type === 'int32' && expr.to === 'int64') return widened(value, 'int64')
  if ((value.type === 'int32' || value.type === 'int64') && expr.to === 'double') return widened(value, 'double')
  if (value.type === 'timestamp' && expr.to === 'int64') return atom(`epoch_ms(${value.sql})`, 'int64')
  if (value.type === 'int64' && expr.to === 'timestamp') {
    const sql = bind([value], (x) => `CASE WHEN ${x} BETWEEN ${TIME_MIN} AND ${TIME_MAX} THEN make_timestamptz(TRY(${x} * 1000)) END`)
    return atom(sql, 'timestamp')
  }
  throw unsupported(`a cast from ${value.type} to ${expr.to}`, 'an expression')
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

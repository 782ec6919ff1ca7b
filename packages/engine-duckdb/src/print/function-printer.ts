import { commonType, type Expr } from '@millrace/core'
import { NESTED_PRINTERS } from './nested-printer.ts'
import { NUMBER_PRINTERS } from './number-function-printer.ts'
import { atom, bind, compound, finite, operand, type Printed, widened } from './printed.ts'
import { TEXT_PRINTERS } from './text-function-printer.ts'
import { TIME_PRINTERS } from './time-function-printer.ts'

/** Prints a call from its printed arguments; `exprs` are the arguments as they stand in the plan. */
export type FunctionPrinter = (args: readonly Printed[], exprs: readonly Expr[]) => Printed

/** Operands brought to one type: numbers of different types meet as the wider one. */
function aligned(args: readonly Printed[]): readonly Printed[] {
  const type = args.map((arg) => arg.type).reduce((common, next) => commonType(common, next) ?? common)
  return args.map((arg) => widened(arg, type))
}

function comparison(operator: string): FunctionPrinter {
  return (args) => {
    const [a, b] = aligned(args)
    return compound(`${operand(a)} ${operator} ${operand(b)}`, 'boolean')
  }
}

function logic(word: string): FunctionPrinter {
  return (args) => (args.length === 1 ? args[0] : compound(args.map(operand).join(` ${word} `), 'boolean'))
}

const coalesce: FunctionPrinter = (args) => {
  const values = aligned(args)
  return atom(`coalesce(${values.map((value) => value.sql).join(', ')})`, values[0].type)
}

/** Whether each pair has the type in common that all have. */
function meetAsOne(values: readonly Printed[]): boolean {
  const types = new Set(values.map(({ type }) => type))
  return types.size === 1 || ![...types].some((type) => type === 'double' || type.startsWith('decimal('))
}

/** Each value meets `x` in the type the two have in common, as `eq` would have it. */
const isIn: FunctionPrinter = (args) => {
  const values = args.map(finite)
  if (meetAsOne(values)) {
    const [x, ...list] = aligned(values)
    return compound(`${operand(x)} IN (${list.map((value) => value.sql).join(', ')})`, 'boolean')
  }
  const [x, ...list] = values
  const tests = (text: string): string => list.map((value) => pair(atom(text, x.type), '=', value)).join(' OR ')
  return atom(
    bind([x], (text) => `(${tests(text)})`),
    'boolean',
  )
}

const between: FunctionPrinter = (args) => {
  const values = args.map(finite)
  if (meetAsOne(values)) {
    const [x, low, high] = aligned(values).map(operand)
    return compound(`${x} BETWEEN ${low} AND ${high}`, 'boolean')
  }
  const [x, low, high] = values
  const test = (text: string): string => `${pair(atom(text, x.type), '>=', low)} AND ${pair(atom(text, x.type), '<=', high)}`
  return atom(
    bind([x], (text) => `(${test(text)})`),
    'boolean',
  )
}

function pair(a: Printed, operator: string, b: Printed): string {
  const [left, right] = aligned([a, b]).map(operand)
  return `${left} ${operator} ${right}`
}

const nullTest =
  (words: string): FunctionPrinter =>
  ([x]) =>
    compound(`${operand(finite(x))} ${words}`, 'boolean')

/** SQL of every function this engine has, by plan name. */
export const FUNCTION_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  eq: comparison('='),
  neq: comparison('<>'),
  lt: comparison('<'),
  lte: comparison('<='),
  gt: comparison('>'),
  gte: comparison('>='),
  and: logic('AND'),
  or: logic('OR'),
  not: ([x]) => compound(`NOT ${operand(x)}`, 'boolean'),
  is_null: nullTest('IS NULL'),
  is_not_null: nullTest('IS NOT NULL'),
  in: isIn,
  between,
  coalesce,
  ...NUMBER_PRINTERS,
  ...NESTED_PRINTERS,
  ...TEXT_PRINTERS,
  ...TIME_PRINTERS,
}

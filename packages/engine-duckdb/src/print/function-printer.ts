import type { Expr } from '@millrace/core'
import { commonType } from '@millrace/core'
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

const isDouble = (args: readonly Printed[]): boolean => args.some((arg) => arg.type === 'double')
/** A double operand of arithmetic that keeps NaN and infinities: they may stay raw. */
const rawDouble = (arg: Printed): Printed => (arg.type === 'double' ? arg : widened(arg, 'double'))

/** Integers overflow to NULL; doubles stay raw. */
function arithmetic(operator: string): FunctionPrinter {
  return (args) => {
    if (!isDouble(args)) {
      const [a, b] = args.map((arg) => widened(arg, 'int64'))
      return atom(`TRY(${operand(a)} ${operator} ${operand(b)})`, 'int64')
    }
    const [a, b] = args.map(rawDouble)
    return { ...compound(`${operand(a)} ${operator} ${operand(b)}`, 'double'), raw: true }
  }
}

/** A zero divisor gives an infinity or NaN, which become NULL. An infinite divisor would vanish, so it is tidied first. */
const div: FunctionPrinter = ([a, b]) => ({
  ...compound(`${operand(rawDouble(a))} / ${operand(widened(b, 'double'))}`, 'double'),
  raw: true,
})

const neg: FunctionPrinter = ([x]) => {
  if (x.type !== 'double') return atom(`TRY(-(${widened(x, 'int64').sql}))`, 'int64')
  return { ...compound(`0.0e0 - ${operand(x)}`, 'double'), raw: x.raw }
}

const abs: FunctionPrinter = ([x]) => {
  if (x.type !== 'double') return atom(`TRY(abs(${widened(x, 'int64').sql}))`, 'int64')
  return { ...atom(`abs(${x.sql})`, 'double'), raw: x.raw }
}

const quot: FunctionPrinter = ([a, b]) => atom(`TRY(${operand(widened(a, 'int64'))} // ${operand(widened(b, 'int64'))})`, 'int64')

/** DuckDB fails on the least int64 modulo −1, hence 128 bits. */
const mod: FunctionPrinter = ([a, b]) => atom(`(${operand(a)}::HUGEINT % ${operand(b)})::BIGINT`, 'int64')

const coalesce: FunctionPrinter = (args) => {
  const values = aligned(args)
  return atom(`coalesce(${values.map((value) => value.sql).join(', ')})`, values[0].type)
}

/** Each value meets `x` in the type the two have in common, as `eq` would have it. */
const isIn: FunctionPrinter = (args) => {
  const values = args.map(finite)
  if (!isDouble(values) || values.every((value) => value.type === 'double')) {
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
  if (!isDouble(values) || values.every((value) => value.type === 'double')) {
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
  add: arithmetic('+'),
  sub: arithmetic('-'),
  mul: arithmetic('*'),
  div,
  quot,
  mod,
  neg,
  abs,
  ...TEXT_PRINTERS,
  ...TIME_PRINTERS,
}

import type { Expr } from '@millrace/core'
import { commonType } from '@millrace/core'
import { equalForm, orderedForm } from './comparable.ts'
import { NESTED_PRINTERS } from './nested-printer.ts'
import { NUMBER_PRINTERS } from './number-function-printer.ts'
import { atom, bind, compound, finite, operand, type Printed, type Scope, widened } from './printed.ts'
import { TEXT_PRINTERS } from './text-function-printer.ts'
import { TIME_PRINTERS } from './time-function-printer.ts'
import { msOf } from './time-range.ts'

/** Where a call stands: its arguments in the plan, and the scope that its operands are named in. */
export interface CallSite {
  readonly exprs: readonly Expr[]
  readonly scope: Scope
}

/** Prints a call from its printed arguments. */
export type FunctionPrinter = (args: readonly Printed[], site: CallSite) => Printed

/** Operands brought to one type: numbers of different types meet as the wider one. */
function aligned(args: readonly Printed[], scope: Scope): readonly Printed[] {
  const type = args.map((arg) => arg.type).reduce((common, next) => commonType(common, next) ?? common)
  return args.map((arg) => widened(scope, arg, type))
}

function comparison(operator: string): FunctionPrinter {
  return (args, { scope }) => compound(pair(scope, { a: args[0], b: args[1], operator }), 'boolean')
}

function logic(word: string): FunctionPrinter {
  return (args) => (args.length === 1 ? args[0] : compound(args.map(operand).join(` ${word} `), 'boolean'))
}

/** Flink's planner fails at a COALESCE of which it learns that an argument is never null. */
const coalesce: FunctionPrinter = (args, { scope }) => {
  const values = aligned(args, scope)
  const [last] = values.slice(-1)
  const first = bind(scope, values.slice(0, -1), (...texts) => texts.map((x) => `WHEN ${x} IS NOT NULL THEN ${x} `).join(''))
  return atom(first === '' ? last.sql : `CASE ${first}ELSE ${last.sql} END`, last.type)
}

/** Each value meets `x` in the type the two have in common, as `eq` would have it. */
const isIn: FunctionPrinter = ([x, ...list], { scope }) => {
  const values = list.map((value) => finite(scope, value))
  const tests = (text: string): string => values.map((b) => pair(scope, { a: atom(text, x.type), b, operator: '=' })).join(' OR ')
  return atom(
    bind(scope, [finite(scope, x)], (text) => `(${tests(text)})`),
    'boolean',
  )
}

const between: FunctionPrinter = ([x, low, high], { scope }) => {
  const test = (text: string): string => {
    const a = atom(text, x.type)
    return `${pair(scope, { a, b: low, operator: '>=' })} AND ${pair(scope, { a, b: high, operator: '<=' })}`
  }
  return atom(
    bind(scope, [finite(scope, x)], (text) => `(${test(text)})`),
    'boolean',
  )
}

/** Flink's planner fails at some plans that compare a column with a constant time: with one, times are compared as numbers. */
function comparedTimes(pair: readonly Printed[], scope: Scope): readonly Printed[] {
  const isNumbers = pair[0].type === 'timestamp' && pair.some(({ sql }) => !sql.includes('`'))
  return isNumbers ? pair.map((time) => compound(msOf(scope, time), 'int64')) : pair
}

function pair(scope: Scope, { a, b, operator }: { readonly a: Printed; readonly b: Printed; readonly operator: string }): string {
  const form = operator === '=' || operator === '<>' ? equalForm : orderedForm
  const [left, right] = comparedTimes(aligned([a, b], scope), scope).map((one) => operand(form(one)))
  return `${left} ${operator} ${right}`
}

const nullTest =
  (words: string): FunctionPrinter =>
  ([x], { scope }) =>
    compound(`${operand(finite(scope, x))} ${words}`, 'boolean')

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

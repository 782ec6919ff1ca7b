import type { FunctionSpec } from '@millrace/core'
import { FUNCTIONS } from '@millrace/core'
import { decimalProduct, decimalSum, isDecimal, powerOfTen, roundDecimal, wholeDecimal } from './decimal-printer.ts'
import type { FunctionPrinter } from './function-printer.ts'
import { atom, bind, compound, finite, HIDDEN_ZERO, narrowed, operand, type Printed, type Scope, wide, widened } from './printed.ts'

const isDouble = (args: readonly Printed[]): boolean => args.some((arg) => arg.type === 'double')
const isDecimals = (args: readonly Printed[]): boolean => !isDouble(args) && args.some((arg) => isDecimal(arg.type))
/** A double operand of arithmetic that keeps NaN and infinities: they may stay raw. */
const rawDouble = (scope: Scope, arg: Printed): Printed => (arg.type === 'double' ? arg : widened(scope, arg, 'double'))

/** The type that the function table gives a call. */
function resultType(name: string, args: readonly Printed[]): string {
  const checked = (FUNCTIONS.get(name) as FunctionSpec).check(
    args.map(({ type }) => ({ type, nullable: true })),
    [],
  )
  return typeof checked === 'string' ? 'double' : checked.type
}

/** Integers and decimals overflow to NULL; doubles stay raw. */
function arithmetic(name: string, operator: string): FunctionPrinter {
  return (args, { scope }) => {
    if (isDecimals(args)) {
      const type = resultType(name, args)
      return operator === '*' ? decimalProduct(scope, { args, type }) : decimalSum(scope, { args, operator, type })
    }
    if (!isDouble(args)) {
      const [a, b] = args.map(wide)
      return atom(narrowed(`${a} ${operator} ${b}`), 'int64')
    }
    const [a, b] = args.map((arg) => rawDouble(scope, arg))
    return { ...compound(`${operand(a)} ${operator} ${operand(b)}`, 'double'), raw: true }
  }
}

/**
 * A zero divisor gives an infinity or NaN, which become NULL. An infinite divisor would vanish, so it is tidied first. Flink's planner fails at a
 * quotient of constants by itself, so it is not to know that a divisor is one.
 */
const div: FunctionPrinter = ([a, b], { scope }) => ({
  ...compound(`${operand(rawDouble(scope, a))} / (${operand(widened(scope, b, 'double'))} + ${HIDDEN_ZERO})`, 'double'),
  raw: true,
})

const neg: FunctionPrinter = ([x]) => {
  if (isDecimal(x.type)) return atom(`(-${operand(x)})`, x.type)
  if (x.type !== 'double') return atom(narrowed(`-${wide(x)}`), 'int64')
  return { ...compound(`0E0 - ${operand(x)}`, 'double'), raw: x.raw }
}

const abs: FunctionPrinter = ([x]) => {
  if (isDecimal(x.type)) return atom(`ABS(${x.sql})`, x.type)
  if (x.type !== 'double') return atom(narrowed(`ABS(${wide(x)})`), 'int64')
  return { ...atom(`ABS(${x.sql})`, 'double'), raw: x.raw }
}

const INT64_MIN = "CAST('-9223372036854775808' AS BIGINT)"

/** Flink fails where the divisor is zero, and gives the least int64 over −1 as it is. */
const quot: FunctionPrinter = (args, { scope }) => {
  const [a, b] = args.map((arg) => widened(scope, arg, 'int64'))
  return atom(
    bind(scope, [a, b], (x, y) => `CASE WHEN ${y} <> 0 AND NOT (${y} = -1 AND ${x} = ${INT64_MIN}) THEN ${x} / ${y} END`),
    'int64',
  )
}

const mod: FunctionPrinter = (args, { scope }) => {
  const [a, b] = args.map((arg) => widened(scope, arg, 'int64'))
  return atom(
    bind(scope, [a, b], (x, y) => `CASE WHEN ${y} <> 0 THEN MOD(${x}, ${y}) END`),
    'int64',
  )
}

/** Beyond, no number has digits. */
const PLACES_MAX = 400

/** What has no digits behind the place stays as it is. Flink rounds the shortest decimal of a double, half away from zero, as we do. */
const round: FunctionPrinter = ([x, digits], { scope }) => {
  if (isDecimal(x.type)) return roundDecimal(scope, { x, digits, type: resultType('round', [x, digits]) })
  if (x.type !== 'double') return roundInteger(scope, widened(scope, x, 'int64'), digits)
  const places = atom(`CAST(GREATEST(LEAST(${digits.sql}, ${PLACES_MAX}), -${PLACES_MAX}) AS INT)`, 'int32')
  return { ...atom(`ROUND(${finite(scope, x).sql}, ${places.sql})`, 'double'), raw: true }
}

/** Digits of the longest int64, and one more. */
const INTEGER_DIGITS_MAX = 20

function roundInteger(scope: Scope, x: Printed, digits: Printed): Printed {
  const clamped = atom(`CASE WHEN ${operand(digits)} < -${INTEGER_DIGITS_MAX} THEN -${INTEGER_DIGITS_MAX} ELSE ${digits.sql} END`, 'int64')
  const sql = bind(scope, [x, clamped], (value, d) => {
    const cut = `CAST(-${d} AS INT)`
    const raised = `LPAD(CAST(ABS(TRY_CAST(${value} AS DECIMAL(38, 0))) + ${powerOfTen(`${cut} - 1`)} * 5 AS STRING), 40, '0')`
    const tens = `CAST(LEFT(${raised}, 40 - ${cut}) AS DECIMAL(38, 0)) * ${powerOfTen(cut)} * SIGN(${value})`
    return `CASE WHEN ${d} >= 0 THEN ${value} WHEN ${d} < 0 THEN ${narrowed(tens)} END`
  })
  return atom(sql, 'int64')
}

function toWhole(fn: 'FLOOR' | 'CEIL'): FunctionPrinter {
  return ([x]) => {
    if (isDecimal(x.type)) return wholeDecimal(x, fn)
    return x.type === 'double' ? { ...atom(`${fn}(${x.sql})`, 'double'), raw: true } : x
  }
}

function real(fn: string, holds: string): FunctionPrinter {
  return ([x], { scope }) => {
    const sql = bind(scope, [widened(scope, x, 'double')], (value) => `CASE WHEN ${value} ${holds} THEN ${fn}(${value}) END`)
    return { ...atom(sql, 'double'), raw: true }
  }
}

const pow: FunctionPrinter = (args, { scope }) => {
  const [x, y] = args.map((arg) => widened(scope, arg, 'double'))
  return { ...atom(`POWER(${x.sql}, ${y.sql})`, 'double'), raw: true }
}

const exp: FunctionPrinter = ([x], { scope }) => ({ ...atom(`EXP(${widened(scope, x, 'double').sql})`, 'double'), raw: true })

export const NUMBER_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  add: arithmetic('add', '+'),
  sub: arithmetic('sub', '-'),
  mul: arithmetic('mul', '*'),
  div,
  quot,
  mod,
  neg,
  abs,
  round,
  floor: toWhole('FLOOR'),
  ceil: toWhole('CEIL'),
  ln: real('LN', '> 0'),
  exp,
  sqrt: real('SQRT', '>= 0'),
  pow,
}

import { FUNCTIONS, type FunctionSpec } from '@millrace/core'
import { decimalProduct, decimalSum, isDecimal, powerOfTen, roundDecimal, unitsOfDouble, wholeDecimal } from './decimal-printer.ts'
import type { FunctionPrinter } from './function-printer.ts'
import { atom, bind, compound, finite, operand, type Printed, widened } from './printed.ts'

const isDouble = (args: readonly Printed[]): boolean => args.some((arg) => arg.type === 'double')
const isDecimals = (args: readonly Printed[]): boolean => !isDouble(args) && args.some((arg) => isDecimal(arg.type))
/** A double operand of arithmetic that keeps NaN and infinities: they may stay raw. */
const rawDouble = (arg: Printed): Printed => (arg.type === 'double' ? arg : widened(arg, 'double'))

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
  return (args) => {
    if (isDecimals(args)) {
      const type = resultType(name, args)
      return operator === '*' ? decimalProduct(args, type) : decimalSum(args, operator, type)
    }
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
  if (isDecimal(x.type)) return atom(`(-(${x.sql}))`, x.type)
  if (x.type !== 'double') return atom(`TRY(-(${widened(x, 'int64').sql}))`, 'int64')
  return { ...compound(`0.0e0 - ${operand(x)}`, 'double'), raw: x.raw }
}

const abs: FunctionPrinter = ([x]) => {
  if (isDecimal(x.type)) return atom(`abs(${x.sql})`, x.type)
  if (x.type !== 'double') return atom(`TRY(abs(${widened(x, 'int64').sql}))`, 'int64')
  return { ...atom(`abs(${x.sql})`, 'double'), raw: x.raw }
}

const quot: FunctionPrinter = ([a, b]) => atom(`TRY(${operand(widened(a, 'int64'))} // ${operand(widened(b, 'int64'))})`, 'int64')

/** DuckDB fails on the least int64 modulo −1, hence 128 bits. */
const mod: FunctionPrinter = ([a, b]) => atom(`(${operand(a)}::HUGEINT % ${operand(b)})::BIGINT`, 'int64')

/** Beyond, no number has digits. */
const PLACES_MAX = 400

/** What has no digits behind the place stays as it is. */
const round: FunctionPrinter = ([x, digits]) => {
  if (isDecimal(x.type)) return roundDecimal(x, digits, resultType('round', [x, digits]))
  if (x.type !== 'double') return roundInteger(widened(x, 'int64'), digits)
  const places = `greatest(least(${widened(digits, 'int64').sql}, ${PLACES_MAX}), -${PLACES_MAX})`
  const sql = bind([finite(x), atom(places, 'int64')], (value, d) => {
    const units = atom(unitsOfDouble(atom(value, 'double'), d), 'int64')
    const rounded = bind([units], (u) => `(${u}::VARCHAR || 'e' || (-${d}))::DOUBLE`)
    return `CASE WHEN ${widened(digits, 'int64').sql} IS NOT NULL THEN coalesce(${rounded}, ${value}) END`
  })
  return { ...atom(sql, 'double'), raw: true }
}

/** Digits of the longest int64, and one more. */
const INTEGER_DIGITS_MAX = 20

function roundInteger(x: Printed, digits: Printed): Printed {
  const clamped = atom(`CASE WHEN ${operand(digits)} < -${INTEGER_DIGITS_MAX} THEN -${INTEGER_DIGITS_MAX} ELSE ${digits.sql} END`, 'int64')
  const sql = bind([x, clamped], (value, d) => {
    const power = atom(powerOfTen(`greatest(-${d}, 0)`), 'int64')
    const tens = bind([power], (p) => `(abs(${value}::HUGEINT) + ${p} // 2) // ${p} * ${p} * sign(${value})`)
    return `CASE WHEN ${d} >= 0 THEN ${value} WHEN ${d} < 0 THEN TRY_CAST(${tens} AS BIGINT) END`
  })
  return atom(sql, 'int64')
}

function toWhole(fn: 'floor' | 'ceil'): FunctionPrinter {
  return ([x]) => {
    if (isDecimal(x.type)) return wholeDecimal(x, fn)
    return x.type === 'double' ? { ...atom(`${fn}(${x.sql})`, 'double'), raw: true } : x
  }
}

/** DuckDB fails where the result would be no number. */
function real(fn: string, holds: string): FunctionPrinter {
  return ([x]) => {
    const sql = bind([widened(x, 'double')], (value) => `CASE WHEN ${value} ${holds} THEN ${fn}(${value}) END`)
    return { ...atom(sql, 'double'), raw: true }
  }
}

const pow: FunctionPrinter = (args) => {
  const [x, y] = args.map((arg) => widened(arg, 'double'))
  return { ...atom(`pow(${x.sql}, ${y.sql})`, 'double'), raw: true }
}

const exp: FunctionPrinter = ([x]) => ({ ...atom(`exp(${widened(x, 'double').sql})`, 'double'), raw: true })

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
  floor: toWhole('floor'),
  ceil: toWhole('ceil'),
  ln: real('ln', '> 0'),
  exp,
  sqrt: real('sqrt', '>= 0'),
  pow,
}

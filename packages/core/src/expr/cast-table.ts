import { decimalType } from '@millrace/columnar'
import { isInteger, isNumeric } from '../type/data-type.ts'
import { DECIMAL_DIGITS_MAX, isDecimal } from '../type/decimal-type.ts'

/** Casts by kinds of types; `decimal` stands for every decimal. A cast to the same type is the value itself. */
export const CASTS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['string'],
  int32: ['int64', 'double', 'decimal', 'string'],
  int64: ['int32', 'double', 'decimal', 'string', 'timestamp'],
  double: ['int32', 'int64', 'decimal'],
  decimal: ['int32', 'int64', 'double', 'decimal', 'string'],
  string: ['boolean', 'int32', 'int64', 'double', 'decimal', 'timestamp', 'date'],
  timestamp: ['int64', 'date', 'string'],
  date: ['timestamp', 'string'],
  json: ['string'],
}

function kindOf(type: string): string {
  return isDecimal(type) ? 'decimal' : type
}

export function isCast(from: string, to: string): boolean {
  return Object.hasOwn(CASTS, kindOf(from)) && CASTS[kindOf(from)].includes(kindOf(to))
}

/** Why a cast is not offered, or undefined. */
export function castComplaint(from: string, to: string): string | undefined {
  if (from === to || isCast(from, to)) return undefined
  const isDoubleToText = from === 'double' && to === 'string'
  return `A cast from ${from} to ${to} is not offered${isDoubleToText ? ': how a double is written is for sinks to say' : ''}.`
}

/** Casts that give a value for every value. */
const TOTAL: ReadonlySet<string> = new Set([
  'boolean>string',
  'int32>int64',
  'int32>double',
  'int32>string',
  'int64>double',
  'int64>string',
  'decimal>double',
  'decimal>string',
  'timestamp>int64',
  'timestamp>date',
  'timestamp>string',
  'date>timestamp',
  'date>string',
  'json>string',
])

/** Whether a value that is not null can become null. */
export function castCanFail(from: string, to: string): boolean {
  return !TOTAL.has(`${kindOf(from)}>${kindOf(to)}`)
}

/** Why `cast(div(a, b) to …)`, the quotient of decimals, cannot be computed exactly in 38 digits; undefined where it can. */
export function quotientComplaint(a: string, b: string, to: string): string | undefined {
  if (!(isNumeric(a) && isNumeric(b))) return 'numbers'
  const [left, right, target] = [decimalType(a), decimalType(b), decimalType(to)]
  const shift = target.scale + right.scale - left.scale
  const fits = left.precision + Math.max(shift, 0) <= DECIMAL_DIGITS_MAX && right.precision + Math.max(-shift, 0) < DECIMAL_DIGITS_MAX
  return fits ? undefined : `decimals short enough: ${a} / ${b} to ${to} takes more than ${DECIMAL_DIGITS_MAX} digits on the way`
}

/** Whether `cast(div(a, b) to …)` is a quotient of decimals: exact, then rounded half away from zero. */
export function isDecimalQuotient(a: string, b: string, to: string): boolean {
  const parts = [a, b]
  return isDecimal(to) && parts.some(isDecimal) && parts.every((type) => isDecimal(type) || isInteger(type))
}

import { canonicalJsonText, exactDecimalFromText } from '@millrace/columnar'
import { WATERMARK_END, WATERMARK_FLOOR } from '../port/stamp.ts'
import { isNested } from '../type/data-type.ts'
import { isDecimal } from '../type/decimal-type.ts'
import { nestedFromJson } from '../type/nested.ts'
import type { LiteralExpr } from './expr.ts'

/** The value of a literal: int64 is a number when a double holds it, else a bigint; timestamps are epoch ms, dates are days since 1970. */
export type LiteralValue = null | boolean | number | bigint | string | Uint8Array

const INTEGER = /^-?(0|[1-9][0-9]*)$/
const DOUBLE = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const DAY_MS = 86_400_000

/** Why the literal's text is no value of its type, or undefined. */
export function literalComplaint(expr: LiteralExpr): string | undefined {
  if (expr.lit === null) return undefined
  if (typeof expr.lit !== 'string') return 'a literal is text or null'
  return literalValue(expr) === undefined ? (EXPECTED[expr.type] ?? otherExpected(expr.type)) : undefined
}

const EXPECTED: Readonly<Record<string, string>> = {
  boolean: 'true or false is expected',
  int32: 'an integer within 32 bits is expected',
  int64: 'an integer within 64 bits is expected',
  double: 'a finite decimal number is expected',
  string: 'well-formed text is expected',
  bytes: 'base64 is expected',
  timestamp: 'an ISO 8601 time with a zone, or epoch milliseconds, between the years 1 and 9999 is expected',
  date: 'an ISO 8601 date is expected',
  json: 'JSON text is expected',
}

function otherExpected(type: string): string {
  return isDecimal(type) ? `a decimal number that fits ${type} without rounding is expected` : `JSON text of a ${type} is expected`
}

/** The literal's value, or undefined where the text is not of its type. */
export function literalValue(expr: LiteralExpr): LiteralValue | undefined {
  const { lit: text, type } = expr
  if (text === null) return null
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'int32':
      return INTEGER.test(text) && Number(text) === (Number(text) | 0) ? Number(text) | 0 : undefined
    case 'int64':
      return INTEGER.test(text) ? integerValue(BigInt(text)) : undefined
    case 'double':
      return DOUBLE.test(text) && Number.isFinite(Number(text)) ? Number(text) + 0 : undefined
    case 'string':
      return text.isWellFormed() ? text : undefined
    case 'bytes':
      return Buffer.from(text, 'base64')
    case 'timestamp':
      return parseTimestamp(text)
    case 'date':
      return parseDate(text)
    case 'json':
      return jsonText(text)
    default:
      return isDecimal(type) ? exactDecimalFromText(text, type) : isNested(type) ? nestedFromJson(text, type, scalarOf) : undefined
  }
}

function jsonText(text: string): string | undefined {
  const canonical = canonicalJsonText(text)
  return 'text' in canonical ? canonical.text : undefined
}

/** A value inside a list or struct: numbers and booleans as in JSON, everything else as the text of a literal in quotes. */
function scalarOf(json: string, type: string): LiteralValue | undefined {
  const isBare = type === 'boolean' || type === 'int32' || type === 'int64' || type === 'double'
  if (json.startsWith('"') === isBare && !isEitherWay(type)) return undefined
  return literalValue({ lit: json.startsWith('"') ? (JSON.parse(json) as string) : json, type })
}

/** Whether a value of the type may stand in quotes or without them. */
function isEitherWay(type: string): boolean {
  return type === 'int64' || type === 'timestamp' || isDecimal(type)
}

function integerValue(value: bigint): number | bigint | undefined {
  if (value !== BigInt.asIntN(64, value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number + 0 : value
}

/** Epoch ms of an ISO 8601 time with a zone or of an integer text; parts finer than ms are cut off; undefined outside the years 1 to 9999. */
export function parseTimestamp(text: string): number | undefined {
  if (INTEGER.test(text)) return inRange(Number(text))
  const match = TIMESTAMP.exec(text)
  if (match === null || parseDate(match[1]) === undefined) return undefined
  const ms = Date.parse(`${match[1]}T${match[2]}${match[4]}`)
  if (Number.isNaN(ms) || match[2] >= '24') return undefined
  return inRange(ms + Math.floor(Number(`0${match[3] ?? ''}`) * 1000 + 1e-6))
}

function inRange(ms: number): number | undefined {
  return ms >= WATERMARK_FLOOR && ms <= WATERMARK_END ? ms + 0 : undefined
}

/** Days since 1970-01-01 of an ISO 8601 date; undefined when there is no such day. */
export function parseDate(text: string): number | undefined {
  if (!DATE.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? ms / DAY_MS : undefined
}

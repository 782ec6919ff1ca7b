import { exactDecimalFromText, readDecimal } from '@millrace/columnar'
import { isDecimal, isNested, literalValue, type Value, WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import type { DeadLetterReason } from '../dead-letter.ts'
import { type ExactJson, exactJsonText } from './exact-json.ts'
import { readDate, readTimestamp, type TimeFault } from './iso-time.ts'

type Read = (value: ExactJson) => Value | { readonly reason: DeadLetterReason }

const INT32_MIN = -(2 ** 31)
const INT32_MAX = 2 ** 31 - 1
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const WRONG_TYPE = { reason: 'contract/type' } as const
const OUT_OF_RANGE = { reason: 'contract/out-of-range' } as const
const BEYOND_INT64 = { reason: 'decode/int64' } as const
const IMPOSSIBLE_TIME = { reason: 'decode/impossible-time' } as const

const READERS: Readonly<Record<string, Read>> = {
  boolean: (value) => (typeof value === 'boolean' ? value : WRONG_TYPE),
  int32: readInt32,
  int64: readInt64,
  double: readDouble,
  string: readString,
  bytes: (value) => (typeof value === 'string' && BASE64.test(value) ? new Uint8Array(Buffer.from(value, 'base64')) : WRONG_TYPE),
  timestamp: readTime,
  date: (value) => (typeof value === 'string' ? timeOrFault(readDate(value)) : WRONG_TYPE),
  json: (value) => literalOf(typeof value === 'string' ? value : exactJsonText(value), 'json'),
}

/** What reads a JSON value that is not null as a value of the type, or undefined for an unknown type. */
export function readerOf(type: string): Read | undefined {
  if (Object.hasOwn(READERS, type)) return READERS[type]
  if (isDecimal(type)) return (value) => readDecimalNumber(value, type)
  return isNested(type) ? (value) => literalOf(exactJsonText(value), type) : undefined
}

/** JSON, lists and structs as their one text. */
function literalOf(text: string, type: string): ReturnType<Read> {
  return literalValue({ lit: text, type }) ?? WRONG_TYPE
}

/** Text or a number whose digits the type holds without rounding. */
function readDecimalNumber(value: ExactJson, type: string): ReturnType<Read> {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return WRONG_TYPE
  const text = String(value)
  return exactDecimalFromText(text, type) ?? (readDecimal(text) === undefined ? WRONG_TYPE : OUT_OF_RANGE)
}

function readInt32(value: ExactJson): ReturnType<Read> {
  if (typeof value === 'string') return WRONG_TYPE
  const integer = readInt64(value)
  if (typeof integer === 'bigint') return OUT_OF_RANGE
  return typeof integer === 'number' && (integer < INT32_MIN || integer > INT32_MAX) ? OUT_OF_RANGE : integer
}

/** A JSON number without fraction, or integer text. */
function readInt64(value: ExactJson): ReturnType<Read> {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
    return Number.isInteger(value) || !Number.isFinite(value) ? BEYOND_INT64 : WRONG_TYPE
  }
  if (typeof value === 'string' && !INTEGER.test(value)) return WRONG_TYPE
  if (typeof value !== 'bigint' && typeof value !== 'string') return WRONG_TYPE
  const exact = BigInt(value)
  if (exact < INT64_MIN || exact > INT64_MAX) return BEYOND_INT64
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}

/** Beyond a double's range is null, −0 is 0. */
function readDouble(value: ExactJson): ReturnType<Read> {
  if (typeof value !== 'number' && typeof value !== 'bigint') return WRONG_TYPE
  const number = Number(value)
  if (!Number.isFinite(number)) return null
  return number === 0 ? 0 : number
}

function readString(value: ExactJson): ReturnType<Read> {
  if (typeof value !== 'string') return WRONG_TYPE
  return value.isWellFormed() ? value : { reason: 'decode/invalid-utf8' }
}

/** ISO 8601 text, or epoch ms. */
function readTime(value: ExactJson): ReturnType<Read> {
  if (typeof value === 'string') return timeOrFault(readTimestamp(value))
  if (typeof value !== 'number' && typeof value !== 'bigint') return WRONG_TYPE
  const time = Math.floor(Number(value))
  if (!(time >= WATERMARK_FLOOR && time <= WATERMARK_END)) return IMPOSSIBLE_TIME
  return time === 0 ? 0 : time
}

function timeOrFault(time: number | TimeFault): ReturnType<Read> {
  if (typeof time === 'number') return time
  return time === 'impossible' ? IMPOSSIBLE_TIME : WRONG_TYPE
}

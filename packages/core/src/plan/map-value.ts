import type { Value } from '@millrace/columnar'
import { type LiteralValue, literalValue, parseDate } from '../expr/literal.ts'
import { WATERMARK_END, WATERMARK_FLOOR } from '../port/stamp.ts'
import { isNested } from '../type/data-type.ts'
import { isDecimal } from '../type/decimal-type.ts'

const DAY_MS = 86_400_000
const INT64_LIMIT = 2n ** 63n

/**
 * What a function is given for a value: an int64 is a bigint, a timestamp a `Date`, a date its ISO text, a decimal its text, JSON, lists and
 * structs what their JSON text stands for; integers in them that a double does not hold are text.
 */
export function givenReader(type: string): (value: Exclude<Value, null>) => unknown {
  switch (type) {
    case 'int64':
      return (value) => BigInt(value as number | bigint)
    case 'timestamp':
      return (value) => new Date(value as number)
    case 'date':
      return (value) => new Date((value as number) * DAY_MS).toISOString().slice(0, 10)
    case 'bytes':
      return (value) => (value as Uint8Array).slice()
    default:
      return type === 'json' || isNested(type) ? (value) => JSON.parse(value as string, exactly) : (value) => value
  }
}

function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(context?.source ?? '') ? context?.source : value
}

/** The value that a function gave for a column of a type; undefined where it is none. Null and undefined are not for it to judge. */
export function takenReader(type: string): (given: unknown) => Value | undefined {
  switch (type) {
    case 'boolean':
      return (given) => (typeof given === 'boolean' ? given : undefined)
    case 'int32':
      return (given) => (typeof given === 'number' && (given | 0) === given ? given + 0 : undefined)
    case 'int64':
      return takenInteger
    case 'double':
      return (given) => (typeof given !== 'number' ? undefined : Number.isFinite(given) ? given + 0 : null)
    case 'string':
      return (given) => (typeof given === 'string' && given.isWellFormed() ? given : undefined)
    case 'bytes':
      return (given) => (given instanceof Uint8Array ? new Uint8Array(given) : undefined)
    case 'timestamp':
      return takenTime
    case 'date':
      return (given) => (typeof given === 'string' ? parseDate(given) : undefined)
    default:
      return isDecimal(type) ? takenDecimal(type) : takenJson(type)
  }
}

function takenInteger(given: unknown): Value | undefined {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? given + 0 : undefined
  if (typeof given !== 'bigint' || given >= INT64_LIMIT || given < -INT64_LIMIT) return undefined
  return Number.isSafeInteger(Number(given)) ? Number(given) : given
}

function takenTime(given: unknown): Value | undefined {
  const ms = given instanceof Date ? given.getTime() : Number.NaN
  return ms >= WATERMARK_FLOOR && ms <= WATERMARK_END ? ms + 0 : undefined
}

function takenDecimal(type: string): (given: unknown) => Value | undefined {
  return (given) => (typeof given === 'string' || typeof given === 'bigint' ? valueOf(String(given), type) : undefined)
}

function takenJson(type: string): (given: unknown) => Value | undefined {
  return (given) => {
    const text = JSON.stringify(given) as string | undefined
    return text === undefined ? undefined : valueOf(text, type)
  }
}

function valueOf(text: string, type: string): LiteralValue | undefined {
  return literalValue({ lit: text, type })
}

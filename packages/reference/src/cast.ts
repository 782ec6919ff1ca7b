import { bugError } from '@millrace/core'
import { type Datum, isIntegerType, settle, widen } from './datum.ts'
import { type Decimal, decimalOfDouble, decimalType, isDecimalType, parseDecimal } from './decimal.ts'
import { timestampOf } from './literal.ts'
import { floorModulo, TIMESTAMP_MAX, TIMESTAMP_MIN } from './time-function.ts'

const INTEGER = /^-?(0|[1-9][0-9]*)$/
const DOUBLE = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const DATE = /^\d{4}-\d\d-\d\d$/
const DAY_MS = 86_400_000

/**
 * Every pair of types that can be cast; what has no value in the other type is null.
 * - integers and decimals to each other, to double and to text; what is behind the point is cut off for integers, rounded for decimals
 * - double to integers (cut off towards zero) and to decimals (its shortest decimal is rounded)
 * - timestamp to int64 and back by epoch ms, to date and back at midnight UTC, both to text
 * - boolean and json to text
 * - text to boolean, numbers, timestamp and date by their grammars
 */
export function castDatum(value: Datum, from: string, to: string): Datum {
  if (value === null || from === to) return value
  if (from === 'string') return settle(fromText(value as string, to), to)
  if (to === 'string') return toText(value, from)
  if (from === 'timestamp') return to === 'date' ? dayOf(value as number) : BigInt(value as number)
  if (from === 'date') return (value as number) * DAY_MS
  if (to === 'timestamp') return timeWithin(Number(value as bigint))
  return settle(numberTo(value, to), to)
}

function numberTo(value: Datum, to: string): Datum {
  if (to === 'double') return widen(value, to)
  if (isDecimalType(to)) return typeof value === 'number' ? decimalOfDouble(value).toScale(decimalType(to).scale) : widen(value, to)
  if (!isIntegerType(to)) throw bugError('reference/cast', `A cast to ${to} reached the reference.`, { asked: to })
  const whole = typeof value === 'number' ? BigInt(Math.trunc(value)) : typeof value === 'bigint' ? value : wholePart(value as Decimal)
  return integerWithin(whole, to)
}

function wholePart({ units, scale }: Decimal): bigint {
  return units / 10n ** BigInt(scale)
}

function integerWithin(value: bigint, type: string): bigint | null {
  return BigInt.asIntN(type === 'int32' ? 32 : 64, value) === value ? value : null
}

function timeWithin(ms: number): number | null {
  return ms >= TIMESTAMP_MIN && ms <= TIMESTAMP_MAX ? ms : null
}

function dayOf(time: number): number {
  return (time - floorModulo(time, DAY_MS)) / DAY_MS
}

function toText(value: Datum, from: string): string {
  if (from === 'timestamp') return new Date(value as number).toISOString()
  if (from === 'date') return new Date((value as number) * DAY_MS).toISOString().slice(0, 10)
  return String(value)
}

function fromText(text: string, to: string): Datum {
  switch (to) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null
    case 'int32':
    case 'int64':
      return INTEGER.test(text) ? integerWithin(BigInt(text), to) : null
    case 'double':
      return DOUBLE.test(text) ? Number(text) : null
    case 'timestamp':
      return TIMESTAMP.test(text) && isDay(text.slice(0, 10)) ? timeWithin(timestampOf(text)) : null
    case 'date':
      return DATE.test(text) && isDay(text) ? timestampOf(`${text}T00:00:00Z`) / DAY_MS : null
    default:
      return parseDecimal(text)?.toScale(decimalType(to).scale) ?? null
  }
}

/** Whether there is such a day in the years 1 to 9999. */
function isDay(text: string): boolean {
  const time = timestampOf(`${text}T00:00:00Z`)
  return time >= TIMESTAMP_MIN && new Date(time).toISOString().startsWith(text)
}

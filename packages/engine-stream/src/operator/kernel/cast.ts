import { dateText } from '@millrace/columnar'
import { daysOf } from './time.ts'

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/
const DOUBLE = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const DAY_MS = 86_400_000
const EPOCH_MS_MIN = -62_135_596_800_000
const EPOCH_MS_MAX = 253_402_300_799_999
/** Digits of the longest int64, with its sign. */
const INTEGER_LENGTH_MAX = 20

export function booleanOfText(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

export function int32OfText(text: string): number | undefined {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN
  return value === (value | 0) ? value + 0 : undefined
}

/** A number when a double holds it. */
export function int64OfText(text: string): number | bigint | undefined {
  if (text.length > INTEGER_LENGTH_MAX || !INTEGER.test(text)) return undefined
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number + 0
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

export function doubleOfText(text: string): number | undefined {
  const value = DOUBLE.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value + 0 : undefined
}

/** ISO 8601 with a zone; parts finer than a millisecond are cut off. */
export function timeOfText(text: string): number | undefined {
  const match = TIMESTAMP.exec(text)
  const days = match === null ? undefined : dayNumber(match)
  if (match === null || days === undefined) return undefined
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const zone = match[8] === undefined ? 0 : Number(`${match[8]}1`) * (Number(match[9]) * 60 + Number(match[10]))
  const time = days * DAY_MS + ((Number(match[4]) * 60 + Number(match[5]) - zone) * 60 + Number(match[6])) * 1000 + ms
  return time >= EPOCH_MS_MIN && time <= EPOCH_MS_MAX ? time + 0 : undefined
}

export function dateOfText(text: string): number | undefined {
  const match = DATE.exec(text)
  return match === null ? undefined : dayNumber(match)
}

/** Days since 1970-01-01 of year, month and day; undefined where there is no such day in the years 1 to 9999. */
function dayNumber(match: RegExpExecArray): number | undefined {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined
  const days = daysOf(year, month, day)
  const next = month === 12 ? daysOf(year + 1, 1, 1) : daysOf(year, month + 1, 1)
  return days < next ? days + 0 : undefined
}

export function timeText(time: number): string {
  return new Date(time).toISOString()
}

export { dateText }

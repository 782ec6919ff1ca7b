import { bugError } from '@millrace/core'

const DAY_MS = 86_400_000
const UNIT_MS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS }
/** Monday 1970-01-05, from which whole weeks are counted. */
const FIRST_MONDAY = 4 * DAY_MS

/** Epoch ms of midnight UTC; a day or month outside its range runs over into the next or the previous one. */
export function utcTime(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

/** The remainder that is never negative, so that times before 1970 are cut downwards too. */
export function floorModulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus
}

/** The start of the second, minute, hour, day, ISO week (Monday), month or year, in UTC, in which `time` lies. */
export function timeTruncate(time: number, unit: string): number {
  const date = new Date(time)
  if (unit === 'year') return utcTime(date.getUTCFullYear(), 1, 1)
  if (unit === 'month') return utcTime(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
  if (unit === 'week') return time - floorModulo(time - FIRST_MONDAY, UNIT_MS.week)
  return time - floorModulo(time, unitMs(unit))
}

/** The calendar field of `time` in UTC: day is of the month, week the ISO week of the year. */
export function timeExtract(time: number, unit: string): number {
  const date = new Date(time)
  switch (unit) {
    case 'second':
      return date.getUTCSeconds()
    case 'minute':
      return date.getUTCMinutes()
    case 'hour':
      return date.getUTCHours()
    case 'day':
      return date.getUTCDate()
    case 'week':
      return isoWeek(time)
    case 'month':
      return date.getUTCMonth() + 1
    case 'year':
      return date.getUTCFullYear()
    default:
      throw unknownUnit(unit)
  }
}

/** A week belongs to the year of its Thursday, and week 1 holds that year's first Thursday. */
function isoWeek(time: number): number {
  const thursday = timeTruncate(time, 'week') + 3 * DAY_MS
  return 1 + Math.floor((thursday - timeTruncate(thursday, 'year')) / UNIT_MS.week)
}

/**
 * Whole units from `from` to `to`, towards zero: swapped arguments give the negated result. A month has passed when the later
 * time has reached the earlier one's day and time in its month, or the month's last day where that day does not exist.
 */
export function timeDiff(unit: string, from: number, to: number): number {
  if (to < from) return -timeDiff(unit, to, from)
  if (unit === 'year') return Math.trunc(wholeMonths(from, to) / 12)
  if (unit === 'month') return wholeMonths(from, to)
  return Math.trunc((to - from) / unitMs(unit))
}

function wholeMonths(from: number, to: number): number {
  const calendar = (timeExtract(to, 'year') - timeExtract(from, 'year')) * 12 + timeExtract(to, 'month') - timeExtract(from, 'month')
  return addMonths(from, calendar) <= to ? calendar : calendar - 1
}

/** The same day and time `months` later, or the last day of that month where it has no such day. */
function addMonths(time: number, months: number): number {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + 1 + months
  const lastDay = new Date(utcTime(year, month + 1, 0)).getUTCDate()
  return utcTime(year, month, Math.min(date.getUTCDate(), lastDay)) + floorModulo(time, DAY_MS)
}

/** First and last representable instant: 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z. */
export const TIMESTAMP_MIN = -62_135_596_800_000
export const TIMESTAMP_MAX = 253_402_300_799_999
/** More months than lie between the two. */
const MONTHS_MAX = 120_000n

/** The time `count` units later; null outside the years 1 to 9999. */
export function timeAdd(time: number, count: bigint, unit: string): number | null {
  const months = unit === 'month' ? 1n : unit === 'year' ? 12n : 0n
  if (months > 0n && (count > MONTHS_MAX || count < -MONTHS_MAX)) return null
  const later = months > 0n ? BigInt(addMonths(time, Number(count * months))) : BigInt(time) + count * BigInt(unitMs(unit))
  return later >= BigInt(TIMESTAMP_MIN) && later <= BigInt(TIMESTAMP_MAX) ? Number(later) : null
}

function unitMs(unit: string): number {
  if (UNIT_MS[unit] === undefined) throw unknownUnit(unit)
  return UNIT_MS[unit]
}

function unknownUnit(unit: string): Error {
  return bugError('reference/time-unit', `The time unit \`${unit}\` reached the reference.`, { asked: unit })
}

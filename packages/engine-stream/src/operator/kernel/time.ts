const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
/** Monday 1970-01-05: weeks are counted from it. */
const MONDAY_MS = 4 * DAY_MS
const UNIT_MS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: WEEK_MS }

interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Days since 1970-01-01 of a proleptic Gregorian date, by eras of 400 years that begin in March. */
export function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date of a day, the inverse of `daysOf`. */
function dateOf(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 }
}

function dateAt(time: number): CivilDate {
  return dateOf(Math.floor(time / DAY_MS))
}

function floorTo(time: number, unitMs: number, from = 0): number {
  return Math.floor((time - from) / unitMs) * unitMs + from + 0
}

export function truncateTime(time: number, unit: string): number {
  if (unit === 'week') return floorTo(time, WEEK_MS, MONDAY_MS)
  if (unit !== 'month' && unit !== 'year') return floorTo(time, UNIT_MS[unit])
  const date = dateAt(time)
  return daysOf(date.year, unit === 'year' ? 1 : date.month, 1) * DAY_MS
}

export function extractTime(time: number, unit: string): number {
  switch (unit) {
    case 'second':
      return Math.floor(time / 1000) - Math.floor(time / 60_000) * 60
    case 'minute':
      return Math.floor(time / 60_000) - Math.floor(time / 3_600_000) * 60
    case 'hour':
      return Math.floor(time / 3_600_000) - Math.floor(time / DAY_MS) * 24
    case 'week':
      return isoWeek(time)
    case 'month':
      return dateAt(time).month
    case 'year':
      return dateAt(time).year
    default:
      return dateAt(time).day
  }
}

/** A week belongs to the year in which its Thursday lies. */
function isoWeek(time: number): number {
  const thursday = floorTo(time, WEEK_MS, MONDAY_MS) / DAY_MS + 3
  return Math.floor((thursday - daysOf(dateOf(thursday).year, 1, 1)) / 7) + 1
}

/** Whole units between two times, towards zero. */
export function diffTime(unit: string, from: number, to: number): number {
  if (to < from) return 0 - diffTime(unit, to, from)
  if (unit === 'month') return monthsBetween(from, to)
  if (unit === 'year') return Math.floor(monthsBetween(from, to) / 12)
  return Math.floor((to - from) / UNIT_MS[unit])
}

/** A month is whole when the later time has reached the earlier one's day, or the month's last day, and its time of day. */
function monthsBetween(from: number, to: number): number {
  const start = dateAt(from)
  const end = dateAt(to)
  const months = (end.year - start.year) * 12 + end.month - start.month
  const lastDay = daysOf(end.month === 12 ? end.year + 1 : end.year, (end.month % 12) + 1, 1) - daysOf(end.year, end.month, 1)
  const reached = daysOf(end.year, end.month, Math.min(start.day, lastDay)) * DAY_MS + (from - Math.floor(from / DAY_MS) * DAY_MS)
  return reached <= to ? months : months - 1
}

function addMonths(time: number, months: number): number {
  const date = dateAt(time)
  const count = date.year * 12 + date.month - 1 + months
  const [year, month] = [Math.floor(count / 12), count - Math.floor(count / 12) * 12 + 1]
  const lastDay = daysOf(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysOf(year, month, 1)
  return daysOf(year, month, Math.min(date.day, lastDay)) * DAY_MS + (time - Math.floor(time / DAY_MS) * DAY_MS)
}

const EPOCH_MS_MIN = -62_135_596_800_000
const EPOCH_MS_MAX = 253_402_300_799_999
/** More months and more of any unit than lie between the two. */
const COUNT_MAX = 400_000_000_000

/** The time `count` units later, at most the month's last day; undefined outside the years 1 to 9999. */
export function addTime(time: number, count: number | bigint, unit: string): number | undefined {
  const number = Number(count)
  if (Math.abs(number) > COUNT_MAX) return undefined
  const later = unit === 'month' ? addMonths(time, number) : unit === 'year' ? addMonths(time, number * 12) : time + number * UNIT_MS[unit]
  return later >= EPOCH_MS_MIN && later <= EPOCH_MS_MAX ? later + 0 : undefined
}

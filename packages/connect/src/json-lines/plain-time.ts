const ZERO = 0x30
const DASH = 0x2d
const COLON = 0x3a
const DOT = 0x2e
const T = 0x54
const Z = 0x5a
const SECONDS_LENGTH = 20
const MILLISECONDS_LENGTH = 24
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const SHORTEST_MONTH_DAYS = 28
const DAYS_TO_1970 = 719_162
const DAY_MS = 86_400_000

/**
 * Epoch ms of `YYYY-MM-DDTHH:MM:SSZ`, also with milliseconds: the forms that programs write. Undefined for every other text, and where it
 * takes a closer look whether the day exists.
 */
export function plainTime(text: string): number | undefined {
  const length = text.length
  if (length !== SECONDS_LENGTH && length !== MILLISECONDS_LENGTH) return undefined
  const isPunctuated =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(length - 1) === Z &&
    (length === SECONDS_LENGTH || text.charCodeAt(19) === DOT)
  if (!isPunctuated) return undefined
  const year = digits(text, 0) * 100 + digits(text, 2)
  const [month, day, hour, minute, second] = [digits(text, 5), digits(text, 8), digits(text, 11), digits(text, 14), digits(text, 17)]
  const ms = length === SECONDS_LENGTH ? 0 : digits(text, 20) * 10 + digit(text, 22)
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= SHORTEST_MONTH_DAYS)) return undefined
  if (!(hour <= 23 && minute <= 59 && second <= 59 && ms <= 999)) return undefined
  return daysSince1970(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

function daysSince1970(year: number, month: number, day: number): number {
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return before * 365 + leapDays + DAYS_BEFORE_MONTH[month - 1] + (isLeap && month > 2 ? 1 : 0) + day - 1 - DAYS_TO_1970
}

/** The number of two digits at a position; NaN where there are none. */
function digits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO
  return value >= 0 && value <= 9 ? value : Number.NaN
}

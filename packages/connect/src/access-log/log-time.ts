import { WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import type { ByteSlice } from './byte-slice.ts'

/** Bytes of `dd/Mon/yyyy:HH:MM:SS ±HHMM`. */
export const LOG_TIME_BYTES = 26

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH_BY_LETTERS = new Map(
  MONTHS.map((name, month) => [(name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2), month]),
)
const SLASH = 0x2f
const COLON = 0x3a
const ZONE_HOUR_MAX = 23

/** Reads `dd/Mon/yyyy:HH:MM:SS ±HHMM`; remembers the latest hour and zone, which most lines of a log repeat. */
export class LogTime {
  #date0 = 0
  #date1 = 0
  #date2 = 0
  #date3 = 0
  #zone0 = 0
  #zone1 = 0
  #hourStart = Number.NaN

  /** Epoch ms; `undefined` when the bytes at `at` have not this form; NaN when they have it and name no moment of the years 0001 to 9999. */
  read(slice: ByteSlice, at: number): number | undefined {
    const { bytes, view } = slice
    const date0 = view.getInt32(at, true)
    const date1 = view.getInt32(at + 4, true)
    const date2 = view.getInt32(at + 8, true)
    const date3 = view.getInt32(at + 10, true)
    const zone0 = view.getInt32(at + 20, true)
    const zone1 = view.getInt32(at + 22, true)
    const known =
      date0 === this.#date0 &&
      date1 === this.#date1 &&
      date2 === this.#date2 &&
      date3 === this.#date3 &&
      zone0 === this.#zone0 &&
      zone1 === this.#zone1
    if (!known) {
      if (!hasForm(bytes, at)) return undefined
      this.#hourStart = hourStart(bytes, at)
      this.#date0 = date0
      this.#date1 = date1
      this.#date2 = date2
      this.#date3 = date3
      this.#zone0 = zone0
      this.#zone1 = zone1
    }
    const minute = twoDigits(bytes, at + 15)
    const second = twoDigits(bytes, at + 18)
    if (bytes[at + 14] !== COLON || bytes[at + 17] !== COLON || minute < 0 || second < 0) return undefined
    if (minute > 59 || second > 59) return Number.NaN
    const time = this.#hourStart + minute * 60_000 + second * 1000
    return time >= WATERMARK_FLOOR && time <= WATERMARK_END ? time : Number.NaN
  }
}

/** Date, hour and zone have their form; minute and second are looked at by the caller. */
function hasForm(bytes: Uint8Array, at: number): boolean {
  const sign = bytes[at + 21]
  return (
    bytes[at + 2] === SLASH &&
    bytes[at + 6] === SLASH &&
    bytes[at + 11] === COLON &&
    bytes[at + 20] === 0x20 &&
    (sign === 0x2b || sign === 0x2d) &&
    twoDigits(bytes, at) >= 0 &&
    isLetter(bytes[at + 3]) &&
    isLetter(bytes[at + 4]) &&
    isLetter(bytes[at + 5]) &&
    twoDigits(bytes, at + 7) >= 0 &&
    twoDigits(bytes, at + 9) >= 0 &&
    twoDigits(bytes, at + 12) >= 0 &&
    twoDigits(bytes, at + 22) >= 0 &&
    twoDigits(bytes, at + 24) >= 0
  )
}

/** Epoch ms of the hour that date, hour and zone name, or NaN. */
function hourStart(bytes: Uint8Array, at: number): number {
  const day = twoDigits(bytes, at)
  const month = MONTH_BY_LETTERS.get((bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5])
  const year = twoDigits(bytes, at + 7) * 100 + twoDigits(bytes, at + 9)
  const hour = twoDigits(bytes, at + 12)
  const zoneHour = twoDigits(bytes, at + 22)
  const zoneMinute = twoDigits(bytes, at + 24)
  if (month === undefined || year < 1 || day < 1 || day > daysOf(year, month) || hour > 23 || zoneHour > ZONE_HOUR_MAX || zoneMinute > 59)
    return Number.NaN
  const zone = (zoneHour * 60 + zoneMinute) * (bytes[at + 21] === 0x2d ? -60_000 : 60_000)
  return new Date(0).setUTCFullYear(year, month, day) + hour * 3_600_000 - zone
}

function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 1 && leap ? 29 : DAYS[month]
}

/** 0 to 99, or a negative number when the two bytes are not digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - 48
  const ones = bytes[at + 1] - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

import { WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import { plainTime } from './plain-time.ts'

const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const DAY_MS = 86_400_000
const ZONE_MINUTES_MAX = 24 * 60

/** `wrong-form`: not ISO 8601. `impossible`: it has the form and names no moment of the years 0001 to 9999. */
export type TimeFault = 'wrong-form' | 'impossible'

/** Epoch ms of ISO 8601 text; finer parts are cut off, a text without zone is UTC. */
export function readTimestamp(text: string): number | TimeFault {
  return plainTime(text) ?? readAnyTimestamp(text)
}

function readAnyTimestamp(text: string): number | TimeFault {
  const match = TIMESTAMP.exec(text)
  if (match === null) return 'wrong-form'
  const [hour, minute, second] = [match[4], match[5], match[6]].map((part) => Number(part ?? 0))
  const day = dayStart(Number(match[1]), Number(match[2]), Number(match[3]))
  const zone = zoneMinutes(match[8])
  if (day === undefined || zone === undefined || hour > 23 || minute > 59 || second > 59) return 'impossible'
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const time = day + ((hour * 60 + minute - zone) * 60 + second) * 1000 + ms
  return time >= WATERMARK_FLOOR && time <= WATERMARK_END ? time : 'impossible'
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function readDate(text: string): number | TimeFault {
  const match = DATE.exec(text)
  if (match === null) return 'wrong-form'
  const day = dayStart(Number(match[1]), Number(match[2]), Number(match[3]))
  return day === undefined ? 'impossible' : day / DAY_MS
}

function dayStart(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '').padEnd(2, '0'))
  const total = hours * 60 + minutes
  if (minutes > 59 || total >= ZONE_MINUTES_MAX) return undefined
  return zone.startsWith('-') ? -total : total
}

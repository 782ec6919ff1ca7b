import type { CalendarWindow } from '@millrace/core'
import type { Bounds } from './fixed-window.ts'
import { timeTruncate } from './time-function.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Clocks are not moved before the one and from the other on. */
const CHANGES_FROM = Date.UTC(1900, 0, 1)
const CHANGES_UNTIL = Date.UTC(2200, 0, 1)

/**
 * The local day, week or month that holds an instant. It begins with the first instant at which clocks show its first midnight or more,
 * and lasts until the next one begins. So the end of a day that clocks repeat after midnight belongs to the day that has begun.
 */
export function calendarWindows({ unit, zone }: CalendarWindow): (time: number) => Bounds {
  const clock = clockOf(zone)
  const found = new Map<number, number>()
  const startAt = (midnight: number): number => {
    const start = found.get(midnight) ?? firstInstant(clock, midnight)
    found.set(midnight, start)
    return start
  }
  return (time) => {
    let midnight = timeTruncate(clock(time) + DAY_MS, unit)
    while (startAt(midnight) > time) midnight = timeTruncate(midnight - 1, unit)
    const next = timeTruncate(midnight + (unit === 'month' ? 31 : unit === 'week' ? 7 : 1) * DAY_MS, unit)
    return { start: startAt(midnight), end: startAt(next) }
  }
}

/** What clocks show at an instant, as if it were UTC. */
type Clock = (time: number) => number

function clockOf(zone: string): Clock {
  const fields = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...fields })
  return (time) => {
    const near = Math.min(Math.max(time, CHANGES_FROM), CHANGES_UNTIL)
    const second = Math.floor(near / 1000) * 1000
    return time + Date.parse(`${format.format(second).replace(' ', 'T')}Z`) - second
  }
}

/** The first instant at which clocks show `shown` or more: the first of those at which they show just that or are moved. */
function firstInstant(clock: Clock, shown: number): number {
  const found: number[] = []
  for (let time = shown - 2 * DAY_MS; time < shown + 2 * DAY_MS; time += HOUR_MS) {
    const [before, after] = [clock(time) - time, clock(time + HOUR_MS) - time - HOUR_MS]
    found.push(shown - before)
    if (before !== after) found.push(changeIn(clock, time))
  }
  return Math.min(...found.filter((time) => clock(time) >= shown))
}

/** The second within an hour at which clocks are moved. */
function changeIn(clock: Clock, from: number): number {
  const isBefore = (time: number): boolean => clock(time) - time === clock(from) - from
  let time = from
  for (let step = HOUR_MS / 2; step >= 1; step = Math.floor(step / 2)) while (isBefore(time + step)) time += step
  return time + 1
}

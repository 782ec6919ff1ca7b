import { type CalendarWindow, calendarOffsets, searchedOffset } from '@millrace/core'
import { DAY_MS, dateAt, daysOf, floorModulo } from './time-range.ts'

const WEEK_MS = 7 * DAY_MS
/** Monday 1970-01-05. */
const FIRST_MONDAY = 4 * DAY_MS

/**
 * What clocks show at an instant in epoch ms, as if it were UTC. Offsets are those of the zone's calendar, so that a later instant never
 * has an earlier midnight.
 */
export function shownAt({ zone }: CalendarWindow, time: string): string {
  return `(${time} + ${searchedOffset(calendarOffsets(zone), { by: (offset) => offset.from, of: time, leaf: ({ offsetMs }) => String(offsetMs) })})`
}

/** The local midnight with which the window begins that holds what clocks show. */
export function localStart({ unit }: CalendarWindow, shown: string): string {
  if (unit === 'month') {
    const day = dateAt(`(${shown} - ${floorModulo(shown, DAY_MS)}) / ${DAY_MS}`)
    return `(${daysOf(day)} - DAYOFMONTH(${day}) + 1) * CAST(${DAY_MS} AS BIGINT)`
  }
  return unit === 'week' ? `${shown} - ${floorModulo(`${shown} - ${FIRST_MONDAY}`, WEEK_MS)}` : `${shown} - ${floorModulo(shown, DAY_MS)}`
}

/** The instant, in epoch ms, with which a local midnight begins: the first at which clocks show it or more. */
export function instantOf({ zone }: CalendarWindow, midnight: string): string {
  const offsets = calendarOffsets(zone)
  return searchedOffset(offsets, {
    by: (_, i) => offsets[i].from + offsets[i - 1].offsetMs,
    of: midnight,
    leaf: ({ from, offsetMs }, i) =>
      i === 0 ? `${midnight} - (${offsetMs})` : `GREATEST(CAST(${from} AS BIGINT), ${midnight} - (${offsetMs}))`,
  })
}

/** The local midnight with which the next window begins. */
export function nextStart(window: CalendarWindow, midnight: string): string {
  if (window.unit === 'month') return localStart(window, `(${midnight} + ${31 * DAY_MS})`)
  return `${midnight} + ${window.unit === 'week' ? WEEK_MS : DAY_MS}`
}

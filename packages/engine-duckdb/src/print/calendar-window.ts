import { type CalendarWindow, calendarOffsets } from '@millrace/core'
import { searchedOffset } from './offset-search.ts'

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
/** Monday 1970-01-05. */
const FIRST_MONDAY = 4 * DAY_MS

/**
 * The local midnight, as if clocks showed UTC, with which the window begins that holds an instant in epoch ms. Offsets are those of the
 * zone's calendar, so that a later instant never has an earlier midnight.
 */
export function localStart({ unit, zone }: CalendarWindow, time: string): string {
  const shown = `(${time} + ${searchedOffset(calendarOffsets(zone), { by: (offset) => offset.from, of: time, leaf: ({ offsetMs }) => String(offsetMs) })})`
  return truncated(unit, shown)
}

/** The instant, in epoch ms, with which a local midnight begins: the first at which clocks show it or more. */
export function instantOf({ zone }: CalendarWindow, midnight: string): string {
  const offsets = calendarOffsets(zone)
  return searchedOffset(offsets, {
    by: (_, i) => offsets[i].from + offsets[i - 1].offsetMs,
    of: midnight,
    leaf: ({ from, offsetMs }, i) => (i === 0 ? `${midnight} - (${offsetMs})` : `greatest(${from}, ${midnight} - (${offsetMs}))`),
  })
}

/** The local midnight with which the next window begins. */
export function nextStart({ unit }: CalendarWindow, midnight: string): string {
  if (unit === 'month') return truncated(unit, `(${midnight} + ${31 * DAY_MS})`)
  return `${midnight} + ${unit === 'week' ? WEEK_MS : DAY_MS}`
}

function truncated(unit: CalendarWindow['unit'], shown: string): string {
  if (unit === 'month') return `epoch_ms(date_trunc('month', make_timestamp(${shown} * 1000)))`
  const [size, grid] = unit === 'week' ? [WEEK_MS, FIRST_MONDAY] : [DAY_MS, 0]
  return `${shown} - ((${shown} - ${grid}) % ${size} + ${size}) % ${size}`
}

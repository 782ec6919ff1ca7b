import { type CalendarWindow, calendarOffsets } from '@millrace/core'
import { countedKeys, elementAt, packed } from './packed-search.ts'
import { bind, compound, type Scope } from './printed.ts'
import { DAY_MS, dateAt, daysOf, floorModulo } from './time-range.ts'

const WEEK_MS = 7 * DAY_MS
/** Monday 1970-01-05. */
const FIRST_MONDAY = 4 * DAY_MS

/**
 * What clocks show at an instant in epoch ms, as if it were UTC. Offsets are those of the zone's calendar, so that a later instant never
 * has an earlier midnight.
 */
export function shownAt(scope: Scope, { zone }: CalendarWindow, time: string): string {
  const offsets = calendarOffsets(zone)
  const place = countedKeys(scope, { keys: offsets.slice(1).map(({ from }) => from), of: time })
  return `(${time} + ${elementAt(packed(offsets.map(({ offsetMs }) => offsetMs)), place)})`
}

/** The local midnight with which the window begins that holds what clocks show. */
export function localStart(scope: Scope, { unit }: CalendarWindow, time: string): string {
  return bind(scope, [compound(time, 'int64')], (shown) => {
    if (unit === 'month') {
      const day = dateAt(`(${shown} - ${floorModulo(shown, DAY_MS)}) / ${DAY_MS}`)
      return `((${daysOf(day)} - DAYOFMONTH(${day}) + 1) * CAST(${DAY_MS} AS BIGINT))`
    }
    const passed = unit === 'week' ? floorModulo(`(${shown} - ${FIRST_MONDAY})`, WEEK_MS) : floorModulo(shown, DAY_MS)
    return `(${shown} - ${passed})`
  })
}

/** The instant, in epoch ms, with which a local midnight begins: the first at which clocks show it or more. */
export function instantOf(scope: Scope, { zone }: CalendarWindow, local: string): string {
  const offsets = calendarOffsets(zone)
  const keys = offsets.slice(1).map(({ from }, i) => from + offsets[i].offsetMs)
  return bind(scope, [compound(local, 'int64')], (midnight) =>
    bind(scope, [compound(countedKeys(scope, { keys, of: midnight }), 'int64')], (place) => {
      const offset = elementAt(packed(offsets.map(({ offsetMs }) => offsetMs)), place)
      const from = elementAt(packed(offsets.map((one, i) => (i === 0 ? BEFORE_ALL : one.from))), place)
      return `GREATEST(${from}, ${midnight} - ${offset})`
    }),
  )
}

/** An instant before all. */
const BEFORE_ALL = -9_000_000_000_000_000

/** The local midnight with which the next window begins. */
export function nextStart(scope: Scope, window: CalendarWindow, midnight: string): string {
  if (window.unit === 'month') return localStart(scope, window, `(${midnight} + ${31 * DAY_MS})`)
  return `(${midnight} + ${window.unit === 'week' ? WEEK_MS : DAY_MS})`
}

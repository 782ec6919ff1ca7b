import { userError } from '../error/index.ts'

/** From an instant on, local clocks of a zone are ahead of UTC by so much. */
export interface ZoneOffset {
  /** Epoch ms. */
  readonly from: number
  readonly offsetMs: number
}

/** Zones are known between these instants; before and after, the offsets found there go on. */
export const ZONE_FROM = Date.UTC(1900, 0, 1)
export const ZONE_UNTIL = Date.UTC(2200, 0, 1)

const DAY_MS = 86_400_000
/** Less than the shortest time between two changes of any zone, which is 7 days. */
const PROBE_MS = 5 * DAY_MS
/** Most zones that are remembered; there are about 600 names. */
const ZONES_MAX = 1_000
const remembered = new Map<string, readonly ZoneOffset[]>()

/** Whether a text is the name of a time zone, e.g. `Europe/Paris` or `UTC`. Fixed offsets such as `+02:00` are none. */
export function isTimeZone(zone: string): boolean {
  return clockOf(zone) !== undefined
}

/**
 * The offsets of a time zone in order of time, the first one from `ZONE_FROM` on, as the runtime's own time zone data has them.
 * Every engine takes them from here, so that none depends on another version of that data.
 */
export function zoneOffsets(zone: string): readonly ZoneOffset[] {
  const known = remembered.get(zone)
  if (known !== undefined) return known
  const clock = clockOf(zone)
  if (clock === undefined) throw userError('plan/unknown-zone', `The time zone \`${zone}\` is not known.`, { asked: zone })
  const offsets = probe(clock)
  if (remembered.size >= ZONES_MAX) remembered.clear()
  remembered.set(zone, offsets)
  return offsets
}

/**
 * The same offsets, made fit for calendar days: `floor((t + offset) / day)` never falls as t grows. Where clocks go back over midnight,
 * which repeats the end of a day, the new offset begins with the second midnight, so that the day that has begun goes on.
 * A day begins at the first instant that is in it or, where clocks skip it whole, in a later one.
 */
export function calendarOffsets(zone: string): readonly ZoneOffset[] {
  const [first, ...others] = zoneOffsets(zone)
  const found = [first]
  for (const { from, offsetMs } of others) {
    const before = found[found.length - 1]
    const lastDay = Math.floor((from - 1 + before.offsetMs) / DAY_MS)
    found.push({ from: Math.max(from, lastDay * DAY_MS - offsetMs), offsetMs })
  }
  return found
}

/** The offset at an instant, in ms. */
type Clock = (time: number) => number

function clockOf(zone: string): Clock | undefined {
  if (!/^[A-Za-z]/.test(zone)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return (time) => localTime(format, time) - time
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** What clocks show, as if it were UTC; `time` is a whole second. */
function localTime(format: Intl.DateTimeFormat, time: number): number {
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

function probe(clock: Clock): readonly ZoneOffset[] {
  const found: ZoneOffset[] = [{ from: ZONE_FROM, offsetMs: clock(ZONE_FROM) }]
  for (let time = ZONE_FROM; time < ZONE_UNTIL; time += PROBE_MS) {
    const until = Math.min(time + PROBE_MS, ZONE_UNTIL)
    const offsetMs = clock(until)
    if (offsetMs !== found[found.length - 1].offsetMs) found.push({ from: changeBetween(clock, time, until), offsetMs })
  }
  return found
}

/** The first second of the new offset; `before` still has the old one, `after` has the new one. */
function changeBetween(clock: Clock, before: number, after: number): number {
  const old = clock(before)
  let [low, high] = [before / 1000, after / 1000]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (clock(middle * 1000) === old) low = middle
    else high = middle
  }
  return high * 1000
}

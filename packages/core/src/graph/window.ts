import type { AllWindow, CalendarWindow, HoppingWindow, SessionWindow, TumblingWindow, Window } from '../plan/node/window-aggregate-node.ts'
import { type Duration, durationMs } from '../type/duration.ts'

/** Windows that begin and end. */
export type BoundedWindow = Exclude<Window, AllWindow>

/** What windows may say before they are over. */
export interface EarlyOption {
  /**
   * While a window is open, its result so far is given each time the watermark passes another multiple of this since its start: its rows
   * are corrected. It divides the size.
   */
  readonly early?: Duration
}

/** Fixed windows one after the other, aligned to the epoch plus `offset`. @example tumbling('1h', { early: '1m' }) */
export function tumbling(size: Duration, options: { readonly offset?: Duration } & EarlyOption = {}): TumblingWindow {
  return {
    kind: 'tumbling',
    size_ms: durationMs(size, 'size of a tumbling window'),
    ...offsetOf(options.offset, 'tumbling'),
    ...earlyOf(options, 'tumbling'),
  }
}

/** Overlapping windows: one of `size` starts every `every`, which divides it. @example hopping('5m', { every: '1m' }) */
export function hopping(size: Duration, options: { readonly every: Duration; readonly offset?: Duration } & EarlyOption): HoppingWindow {
  return {
    kind: 'hopping',
    size_ms: durationMs(size, 'size of a hopping window'),
    every_ms: durationMs(options.every, 'step of a hopping window'),
    ...offsetOf(options.offset, 'hopping'),
    ...earlyOf(options, 'hopping'),
  }
}

/** Windows of activity: rows of a key at most `gap` apart belong together; the end is the last row plus `gap`. @example session('30m') */
export function session(gap: Duration): SessionWindow {
  return { kind: 'session', gap_ms: durationMs(gap, 'gap of a session window') }
}

/** Days, weeks from Monday or months as a time zone's calendar has them. @example calendar('day', { zone: 'Europe/Paris' }) */
export function calendar(unit: CalendarWindow['unit'], options: { readonly zone: string } & EarlyOption): CalendarWindow {
  return { kind: 'calendar', unit, zone: options.zone, ...earlyOf(options, 'calendar') }
}

/** No window: one row per key over everything there was, corrected as more comes in. */
export function all(): AllWindow {
  return { kind: 'all' }
}

function earlyOf({ early }: EarlyOption, window: string): { readonly early_ms?: number } {
  return early === undefined ? {} : { early_ms: durationMs(early, `early results of a ${window} window`) }
}

function offsetOf(offset: Duration | undefined, window: string): { readonly offset_ms?: number } {
  return offset === undefined ? {} : { offset_ms: durationMs(offset, `offset of a ${window} window`) }
}

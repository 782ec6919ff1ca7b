import { userError } from '../error/index.ts'
import { isTimeZone } from '../type/time-zone.ts'
import { checkLength, LENGTH_MS_MIN } from './check-grouping.ts'
import type { CalendarWindow, EarlyResults, Window } from './node/window-aggregate-node.ts'

/** Refuses windows whose sizes, steps or zones make none. */
export function checkWindow(window: Window, where: string): void {
  const refuse = (code: string, message: string, asked: unknown, action: string): Error =>
    userError(code, `The window of ${where} ${message}.`, { asked, found: window, do: action })
  const checkSize = (what: string, ms: number): void => {
    if (ms <= 0) throw refuse('plan/window-size', `has a ${what} of ${ms} ms`, ms, `Give a ${what} above 0.`)
    checkLength({ name: what, value: ms, least: 1 }, `window of ${where}`)
  }
  checkEarly(window, refuse)
  if (window.kind === 'all') return
  if (window.kind === 'calendar') checkZone(window, where)
  else if (window.kind === 'session') checkSize('gap', window.gap_ms)
  else checkSize('size', window.size_ms)
  if ('offset_ms' in window) checkLength({ name: 'offset_ms', value: window.offset_ms, least: LENGTH_MS_MIN }, `window of ${where}`)
  if (window.kind !== 'hopping') return
  checkSize('step', window.every_ms)
  if (window.size_ms % window.every_ms !== 0) {
    throw refuse(
      'plan/not-divisible',
      `has a size of ${window.size_ms} ms, which its step of ${window.every_ms} ms does not divide`,
      [window.size_ms, window.every_ms],
      'Choose a step that divides the size.',
    )
  }
}

const DAY_MS = 86_400_000
/** The least that windows of a calendar last, but for hours by which clocks are moved. */
const CALENDAR_MS: Readonly<Record<CalendarWindow['unit'], number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 28 * DAY_MS }

type Refuse = (code: string, message: string, asked: unknown, action: string) => Error

/** Early results come at least once before a window is over, and in even parts of one that is always as long. */
function checkEarly(window: Window, refuse: Refuse): void {
  const { early_ms: early } = window as EarlyResults
  if (early === undefined) return
  if (window.kind === 'session' || window.kind === 'all') {
    const message =
      window.kind === 'all' ? 'is none, and gives what it holds as rows come' : 'is a session, whose end is not known before it is over'
    throw refuse(
      'plan/early-window',
      `asks for early results, but ${message}`,
      early,
      'Leave `early_ms` out, or use fixed or calendar windows.',
    )
  }
  if (early <= 0) throw refuse('plan/early-results', `asks for early results every ${early} ms`, early, 'Give `early_ms` above 0.')
  const size = window.kind === 'calendar' ? CALENDAR_MS[window.unit] : window.size_ms
  if (early >= size) {
    const message = `asks for early results every ${early} ms, but is over after ${size} ms`
    throw refuse('plan/early-results', message, early, `Give \`early_ms\` below ${size}.`)
  }
  if (window.kind === 'calendar' || size % early === 0) return
  const message = `asks for early results every ${early} ms, which does not divide its size of ${size} ms`
  throw refuse('plan/not-divisible', message, [size, early], 'Choose an `early_ms` that divides the size.')
}

function checkZone({ zone }: CalendarWindow, where: string): void {
  if (isTimeZone(zone)) return
  throw userError('plan/unknown-zone', `The window of ${where} asks for the time zone \`${zone}\`, which is not known.`, {
    asked: zone,
    do: 'Give an IANA name, e.g. `Europe/Berlin` or `UTC`.',
  })
}

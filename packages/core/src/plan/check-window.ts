import { userError } from '../error/index.ts'
import { isTimeZone } from '../type/time-zone.ts'
import { checkLength, LENGTH_MS_MIN } from './check-grouping.ts'
import type { CalendarWindow, Window } from './node/window-aggregate-node.ts'

/** Refuses windows whose sizes, steps or zones make none. */
export function checkWindow(window: Window, where: string): void {
  const refuse = (code: string, message: string, asked: unknown, action: string): Error =>
    userError(code, `The window of ${where} ${message}.`, { asked, found: window, do: action })
  const checkSize = (what: string, ms: number): void => {
    if (ms <= 0) throw refuse('plan/window-size', `has a ${what} of ${ms} ms`, ms, `Give a ${what} above 0.`)
    checkLength({ name: what, value: ms, least: 1 }, `window of ${where}`)
  }
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

function checkZone({ zone }: CalendarWindow, where: string): void {
  if (isTimeZone(zone)) return
  throw userError('plan/unknown-zone', `The window of ${where} asks for the time zone \`${zone}\`, which is not known.`, {
    asked: zone,
    do: 'Give an IANA name, e.g. `Europe/Berlin` or `UTC`.',
  })
}

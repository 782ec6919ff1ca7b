import type { FixedWindow, Step } from '@millrace/core'
import { identifier } from './identifier.ts'
import { aliased } from './select-text.ts'

/** The first columns of a row per window, from `_start`. */
export function windowColumns(size: number): readonly string[] {
  return [aliased(timeAt(0), 'window_start'), aliased(timeAt(size), 'window_end'), aliased(timeAt(size - 1), '_event_time')]
}

/** Number of windows that hold a row. */
export function windowsPerRow(window: FixedWindow): number {
  return window.kind === 'hopping' ? window.size_ms / window.every_ms : 1
}

export function windowEnd(size: number): string {
  return `"_start" + ${size}`
}

/** The condition under which a row that may have a stamp is late for its window from `_start`. */
export function lateForWindow(size: number): string {
  return `${windowEnd(size)} <= epoch_ms("_watermark")`
}

function timeAt(afterStart: number): string {
  return `make_timestamptz(${afterStart === 0 ? '"_start"' : `(${windowEnd(afterStart)})`} * 1000)`
}

/** The start of the latest window that a row falls into, in epoch ms. The modulo floors, also before 1970. */
export function latestStart(window: FixedWindow): string {
  const step = window.kind === 'hopping' ? window.every_ms : window.size_ms
  const offset = window.offset_ms ?? 0
  const time = 'epoch_ms("_event_time")'
  const sinceGrid = offset === 0 ? time : `(${time} - (${offset}))`
  return `${time} - (${sinceGrid} % ${step} + ${step}) % ${step}`
}

/** The input's rows once per window they fall into; `_start` is the window's start in epoch ms. */
export function membershipText(window: FixedWindow, input: Step): string {
  const count = windowsPerRow(window)
  const latest = latestStart(window)
  const start = window.kind === 'tumbling' || count === 1 ? latest : `${latest} - "_hop" * ${window.every_ms}`
  const hops = count === 1 ? '' : `\nCROSS JOIN range(${count}) AS hops("_hop")`
  return `SELECT *, ${aliased(start, '_start')}\nFROM ${identifier(input.name)}${hops}`
}

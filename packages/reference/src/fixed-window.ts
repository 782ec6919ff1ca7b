import type { FixedWindow } from '@millrace/core'
import { floorModulo } from './time-function.ts'

/** `[start, end)`, epoch ms. */
export interface Bounds {
  readonly start: number
  readonly end: number
}

/**
 * The windows that hold an instant. Starts lie on a grid at the epoch plus `offset_ms`, one every `every_ms` (tumbling: every
 * `size_ms`), before 1970 as after it; a window holds its start and not its end.
 */
export function windowsOf(window: FixedWindow, time: number): Bounds[] {
  const every = window.kind === 'hopping' ? window.every_ms : window.size_ms
  const latestStart = time - floorModulo(time - (window.offset_ms ?? 0), every)
  const windows: Bounds[] = []
  for (let start = latestStart; start + window.size_ms > time; start -= every) windows.push({ start, end: start + window.size_ms })
  return windows
}

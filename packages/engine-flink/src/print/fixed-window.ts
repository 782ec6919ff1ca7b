import type { FixedWindow } from '@millrace/core'
import { TIME, WATERMARK } from './system-column.ts'
import { floorModulo } from './time-range.ts'

/** Number of windows that hold a row. */
export function windowsPerRow(window: FixedWindow): number {
  return window.kind === 'hopping' ? window.size_ms / window.every_ms : 1
}

/** The start of the latest window that a row falls into, in epoch ms. The modulo floors, also before 1970. */
export function latestStart(window: FixedWindow): string {
  const offset = window.offset_ms ?? 0
  return `(${TIME} - ${floorModulo(offset === 0 ? TIME : `${TIME} - (${offset})`, stepOf(window))})`
}

function stepOf(window: FixedWindow): number {
  return window.kind === 'hopping' ? window.every_ms : window.size_ms
}

/** How many of a row's windows had ended by its watermark, null where it has no stamp; and how many there are. */
export function windowsMissed(window: FixedWindow): { readonly missed: string; readonly all: number } {
  const all = windowsPerRow(window)
  const step = stepOf(window)
  const left = `LEAST(CAST(${all} AS BIGINT), GREATEST(CAST(0 AS BIGINT), ${latestStart(window)} + ${window.size_ms + step - 1} - ${WATERMARK}) / ${step})`
  return { missed: `${all} - ${left}`, all }
}

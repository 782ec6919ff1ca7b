import type { CalendarWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { judgesRows } from './accepted-rows.ts'
import { instantOf, localStart, nextStart, shownAt } from './calendar-window.ts'
import { argumentRows, groupRows } from './group-printer.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { fromRows, scopeOf } from './printed.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { TIME, WATERMARK } from './system-column.ts'
import { boundAt } from './time-range.ts'

/** A row is late when the watermark has come to a later local window; a window ends when the next one begins. */
export const LATE_FOR_CALENDAR = '`_passed` > `_start`'

/** Rows by local day, week or month: brought together by the local midnight that it begins with, whose instant is found afterwards. */
export function printCalendar(node: WindowAggregateNode & { readonly window: CalendarWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { window } = node
  const judged = judgesRows(input, options)
  const windows = localWindows(window, { input, judged, from: nested(argumentRows(node, input)) })
  const rows = judged ? selectText(['*'], [`FROM ${nested(windows)}`, `WHERE (${LATE_FOR_CALENDAR}) IS NOT TRUE`]) : windows
  const groups = groupRows({ rows, by: ['_start', ...node.keys], node, input })
  const scope = scopeOf([])
  const next = nextStart(scope, window, '`_start`')
  const bounds = selectText(
    ['*', aliased(instantOf(scope, window, '`_start`'), '_from'), aliased(instantOf(scope, window, next), '_until')],
    [fromRows(scope, nested(groups))],
  )
  return selectText(
    [
      aliased(boundAt('`_from`'), 'window_start'),
      aliased(boundAt('`_until`'), 'window_end'),
      aliased('`_until` - 1', '_time_ms'),
      ...[...node.keys, ...node.aggregates.map((one) => one.name)].map(identifier),
    ],
    [`FROM ${nested(bounds)}`],
  )
}

interface LocalRows {
  readonly input: Step
  /** Whether lateness is to be judged. */
  readonly judged: boolean
  /** The input's rows, if not all of them as they are. */
  readonly from?: string
}

/** The input's rows with `_start`, the local midnight that their window begins with, and `_passed`, that of their watermark's. */
export function localWindows(window: CalendarWindow, { input, judged, from }: LocalRows): string {
  const scope = scopeOf([])
  const start = (time: string): string => localStart(scope, window, shownAt(scope, window, time))
  const starts = [aliased(start(TIME), '_start'), ...(judged ? [aliased(start(WATERMARK), '_passed')] : [])]
  return selectText(['*', ...starts], [fromRows(scope, from ?? identifier(input.name))])
}

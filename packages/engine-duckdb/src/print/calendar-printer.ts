import type { CalendarWindow, Step, WindowAggregateNode } from '@millrace/core'
import { judgesRows } from './accepted-rows.ts'
import { printAggregate } from './aggregate-printer.ts'
import { instantOf, localStart, nextStart } from './calendar-window.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, indent, selectText } from './select-text.ts'

/** A row is late when the watermark has come to a later local window; a window ends when the next one begins. */
export const LATE_FOR_CALENDAR = '"_passed" > "_start"'

/** Rows by local day, week or month: brought together by the local midnight that it begins with, whose instant is found afterwards. */
export function printCalendar(node: WindowAggregateNode & { readonly window: CalendarWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { window } = node
  const keys = node.keys.map(identifier)
  const judged = judgesRows(input, options)
  const aggregates = node.aggregates.map((one) => aliased(printAggregate(one, input), one.name))
  const groups = selectText(
    ['"_start"', ...keys, ...aggregates],
    [
      `FROM (\n${indent(localWindows(window, input, judged))}\n)`,
      ...(judged ? [`WHERE (${LATE_FOR_CALENDAR}) IS NOT TRUE`] : []),
      `GROUP BY ${['"_start"', ...keys].join(', ')}`,
    ],
  )
  const next = selectText(['*', aliased(nextStart(window, '"_start"'), '_next')], [`FROM (\n${indent(groups)}\n)`])
  const bounds = selectText(
    ['*', aliased(instantOf(window, '"_start"'), '_from'), aliased(instantOf(window, '"_next"'), '_until')],
    [`FROM (\n${indent(next)}\n)`],
  )
  return selectText(
    [
      aliased('make_timestamptz("_from" * 1000)', 'window_start'),
      aliased('make_timestamptz("_until" * 1000)', 'window_end'),
      aliased('make_timestamptz(("_until" - 1) * 1000)', '_event_time'),
      ...keys,
      ...node.aggregates.map((one) => identifier(one.name)),
    ],
    [`FROM (\n${indent(bounds)}\n)`],
  )
}

/** The input's rows with `_start`, the local midnight that their window begins with, and `_passed`, that of their watermark's. */
export function localWindows(window: CalendarWindow, input: Step, judged: boolean): string {
  const times = ['_event_time', ...(judged ? ['_watermark'] : [])]
  const inMs = times.map((name) => aliased(`epoch_ms(${identifier(name)})`, `${name}_ms`))
  const rows = selectText(['*', ...inMs], [`FROM ${identifier(input.name)}`])
  const starts = [
    aliased(localStart(window, '"_event_time_ms"'), '_start'),
    ...(judged ? [aliased(localStart(window, '"_watermark_ms"'), '_passed')] : []),
  ]
  return selectText(['*', ...starts], [`FROM (\n${indent(rows)}\n)`])
}

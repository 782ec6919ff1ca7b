import type { SessionWindow, Step, WindowAggregateNode } from '@millrace/core'
import { onTime } from './accepted-rows.ts'
import { printAggregate } from './aggregate-printer.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { overText } from './row-order.ts'
import { aliased, indent, selectText } from './select-text.ts'

/** Rows by session: one begins where the row before lies further back than the gap, and the sum of beginnings numbers them. */
export function printSessions(node: WindowAggregateNode & { readonly window: SessionWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { gap_ms: gap } = node.window
  const keys = node.keys.map(identifier)
  const over = overText(keys, ['"_time"'])
  const times = selectText(
    ['*', aliased('epoch_ms("_event_time")', '_time')],
    [`FROM ${identifier(input.name)}`, ...onTime(input, options)],
  )
  const begun = selectText(
    ['*', aliased(`CASE WHEN "_time" - lag("_time") OVER (${over}) <= ${gap} THEN 0 ELSE 1 END`, '_begins')],
    [`FROM (\n${indent(times)}\n)`],
  )
  // The sum's frame ends with the last row of the time, so rows of one time are in one session, whichever of them came first.
  const numbered = selectText(['*', aliased(`sum("_begins") OVER (${over})`, '_session')], [`FROM (\n${indent(begun)}\n)`])
  const aggregates = node.aggregates.map((one) => aliased(printAggregate(one, input), one.name))
  return selectText(
    [
      aliased('make_timestamptz(min("_time") * 1000)', 'window_start'),
      aliased(`make_timestamptz((max("_time") + ${gap}) * 1000)`, 'window_end'),
      aliased(`make_timestamptz((max("_time") + ${gap - 1}) * 1000)`, '_event_time'),
      ...keys,
      ...aggregates,
    ],
    [`FROM (\n${indent(numbered)}\n)`, `GROUP BY ${['"_session"', ...keys].join(', ')}`],
  )
}

import type { OverAggregateNode, Step } from '@millrace/core'
import { onTime } from './accepted-rows.ts'
import { printAggregate } from './aggregate-printer.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { overText } from './row-order.ts'
import { aliased, selectText } from './select-text.ts'
import { ownColumns } from './system-column.ts'

/** Each row with aggregates over a range of time. Rows of one time are peers in the frame, so that they see the same. */
export function printOverAggregate(node: OverAggregateNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { fields } = input.checked
  const aggregates = node.aggregates.map((one) => aliased(printAggregate(one, input, ' OVER "_range"'), one.name))
  const over = overText(node.keys.map(identifier), ['epoch_ms("_event_time")'])
  return selectText(
    [...ownColumns(step, fields), ...aggregates],
    [
      `FROM ${identifier(input.name)}`,
      ...onTime(input, options),
      `WINDOW "_range" AS (${over} RANGE BETWEEN ${node.range_ms} PRECEDING AND CURRENT ROW)`,
    ],
  )
}

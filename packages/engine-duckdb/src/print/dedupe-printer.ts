import type { DedupeNode, Step } from '@millrace/core'
import { onTime } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { overText, rowOrder } from './row-order.ts'
import { selectText } from './select-text.ts'
import { ownColumns } from './system-column.ts'

/** Rows that are the first of their key or lie further than the horizon behind the one just before them, dropped or not. */
export function printDedupe(node: DedupeNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const over = overText(node.keys.map(identifier), rowOrder(input))
  const time = 'epoch_ms("_event_time")'
  return selectText(ownColumns(step), [
    `FROM ${identifier(input.name)}`,
    ...onTime(input, options),
    `QUALIFY (${time} - lag(${time}) OVER (${over}) <= ${node.horizon_ms}) IS NOT TRUE`,
  ])
}

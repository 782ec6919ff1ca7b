import type { DedupeNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from '../print/accepted-rows.ts'
import { identifier } from '../print/identifier.ts'
import type { PrintOptions } from '../print/plan-printer.ts'
import { ascending, tieOrder } from '../print/row-order.ts'
import { aliased, type NamedQuery, nested, selectText } from '../print/select-text.ts'
import { ownColumns } from '../print/system-column.ts'
import { besideWindow, firstOfMoments, partitionKeys, rangeBefore } from './live-moment.ts'

/**
 * Of the rows of a key and time the first, where it is alone in the horizon before it: the first rows of windows of a millisecond come in the
 * order of time, once each, and are counted by a window of Flink's that goes with them.
 */
export function dedupeViews(node: DedupeNode, step: Step, options: PrintOptions): readonly NamedQuery[] {
  const [input] = step.inputs
  const columns = ownColumns(step)
  const rows = {
    name: `${step.name} rows`,
    sql: selectText(besideWindow(columns), [`FROM ${identifier(input.name)}`, ...onTime(input, options)]),
  }
  const keys = partitionKeys(node.keys, input)
  const first = firstOfMoments({ rows: rows.name, columns, keys, order: tieOrder(input).map(ascending) })
  const counted = selectText(
    [...columns, aliased(`COUNT(*) OVER (${rangeBefore(keys, node.horizon_ms)})`, '_near')],
    [`FROM ${nested(first)}`],
  )
  return [rows, { name: step.name, sql: selectText(columns, [`FROM ${nested(counted)}`, 'WHERE `_near` = 1']) }]
}

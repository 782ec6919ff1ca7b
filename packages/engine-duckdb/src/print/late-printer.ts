import type { WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { textConstant } from './identifier.ts'
import { indent, selectText } from './select-text.ts'
import { membershipText, windowEnd, windowsPerRow } from './window-aggregate-printer.ts'

/** Whether late rows are judged at this step. */
export function judgesLateness(step: Step): boolean {
  const { node } = step.checked
  return node.kind === 'window-aggregate' && node.window.kind !== 'all' && step.inputs[0].stamped
}

/** The rows a window refuses, by the inverse of its late predicate: source, arrival, late (`all` or `some`), windows_missed, node. */
export function printLate(step: Step): string {
  const { id, window } = step.checked.node as WindowAggregateNode
  if (window.kind === 'all') return ''
  const [input] = step.inputs
  const columns = [
    `${textConstant(input.checked.source?.name ?? '')} AS "source"`,
    '"_arrival" AS "arrival"',
    `CASE WHEN count(*) = ${windowsPerRow(window)} THEN 'all' ELSE 'some' END AS "late"`,
    'count(*) AS "windows_missed"',
    `${textConstant(id)} AS "node"`,
  ]
  return selectText(columns, [
    `FROM (\n${indent(membershipText(window, input))}\n)`,
    `WHERE ${windowEnd(window.size_ms)} <= epoch_ms("_watermark")`,
    'GROUP BY "_arrival"',
  ])
}

import type { FixedWindow, JoinNode, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { membershipText, windowEnd, windowsPerRow } from './fixed-window.ts'
import { identifier, textConstant } from './identifier.ts'
import { LATE_FOR_JOIN } from './join-printer.ts'
import { indent, selectText } from './select-text.ts'

/** Whether late rows are judged at this step. */
export function judgesLateness(step: Step): boolean {
  const { node } = step.checked
  if (node.kind === 'join') return step.inputs.some((input) => input.stamped)
  return node.kind === 'window-aggregate' && node.window.kind !== 'all' && step.inputs[0].stamped
}

/** The rows a step refuses, by the inverse of its late predicate: source, arrival, late (`all` or `some`), windows_missed, node. */
export function printLate(step: Step): string {
  const { node } = step.checked
  return node.kind === 'join' ? printLateForJoin(node, step) : printLateForWindow(node as WindowAggregateNode, step)
}

function printLateForWindow({ id, ...node }: WindowAggregateNode, step: Step): string {
  const window = node.window as FixedWindow
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

/** A row that is late on both sides is one entry. */
function printLateForJoin({ id }: JoinNode, step: Step): string {
  const sides = step.inputs
    .filter((input) => input.stamped)
    .map((input) => {
      const columns = [
        `${textConstant(input.checked.source?.name ?? '')} AS "source"`,
        '"_arrival" AS "arrival"',
        `'all' AS "late"`,
        '1 AS "windows_missed"',
        `${textConstant(id)} AS "node"`,
      ]
      return selectText(columns, [`FROM ${identifier(input.name)}`, `WHERE ${LATE_FOR_JOIN}`])
    })
  return sides.length === 1 ? sides[0] : `SELECT *\nFROM (\n${indent(sides.join('\nUNION\n'))}\n)`
}

import type { LatestNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import { descending, firstRows, orderColumns } from './row-order.ts'
import { nested, selectText } from './select-text.ts'
import { ownColumns, seenKeys } from './system-column.ts'

/** The last row of each key, unless it says that the key is deleted. */
export function printLatest(node: LatestNode, step: Step): string {
  const [input] = step.inputs
  const keys = [...seenKeys(step), ...node.keys].map(identifier)
  const rows = firstRows({ rows: identifier(input.name), partition: keys, order: orderColumns(input).map(descending), n: 1 })
  const current = selectText(ownColumns(step), [`FROM ${nested(rows)}`])
  if (node.deleted === undefined) return current
  return selectText(['*'], [`FROM ${nested(current)}`, `WHERE ${identifier(node.deleted)} IS NOT TRUE`])
}

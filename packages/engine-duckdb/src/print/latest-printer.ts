import type { LatestNode, Step } from '@millrace/core'
import { identifier } from './identifier.ts'
import { overText, rowOrder } from './row-order.ts'
import { indent, selectText } from './select-text.ts'
import { ownColumns } from './system-column.ts'

/** The last row of each key, unless it says that the key is deleted. */
export function printLatest(node: LatestNode, step: Step): string {
  const [input] = step.inputs
  const over = overText(node.keys.map(identifier), rowOrder(input, 'last'))
  const current = [`FROM ${identifier(input.name)}`, `QUALIFY row_number() OVER (${over}) = 1`]
  if (node.deleted === undefined) return selectText(ownColumns(step), current)
  return selectText(ownColumns(step), [`FROM (\n${indent(selectText(['*'], current))}\n)`, `WHERE ${identifier(node.deleted)} IS NOT TRUE`])
}

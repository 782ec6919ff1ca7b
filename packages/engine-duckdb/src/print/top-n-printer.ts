import type { Step, TopNNode } from '@millrace/core'
import { identifier } from './identifier.ts'
import { ascending, descending, overText } from './row-order.ts'
import { aliased, indent, selectText } from './select-text.ts'
import { ownColumns } from './system-column.ts'

/** The first rows of each group. */
export function printTopN(node: TopNNode, step: Step): string {
  const [input] = step.inputs
  const { fields } = input.checked
  const rank = `row_number() OVER (${overText(node.per.map(identifier), rankOrder(node, input))})`
  const ranked = selectText(['*', aliased(rank, '_rank')], [`FROM ${identifier(input.name)}`])
  return selectText(
    [...ownColumns(step, fields), ...(node.rank === undefined ? [] : [aliased(identifier('_rank'), node.rank)])],
    [`FROM (\n${indent(ranked)}\n)`, `WHERE "_rank" <= ${node.n}`],
  )
}

/** ORDER BY terms of the ranks: what was asked for, then the columns that decide between equal rows. */
export function rankOrder(node: TopNNode, input: Step): readonly string[] {
  const named = [...node.per, ...node.order_by.map(([name]) => name)]
  return [
    ...node.order_by.map(([name, direction]) => (direction === 'asc' ? ascending : descending)(identifier(name))),
    ...input.checked.fields.filter(({ name }) => !named.includes(name)).map(({ name }) => ascending(identifier(name))),
  ]
}

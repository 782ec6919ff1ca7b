import type { TopNNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import { ascending, descending, firstRows, type OrderColumn } from './row-order.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { ownColumns, seenKeys } from './system-column.ts'

/** The first rows of each group. */
export function printTopN(node: TopNNode, step: Step): string {
  const [input] = step.inputs
  const { fields } = input.checked
  const rows = firstRows({
    rows: identifier(input.name),
    partition: [...seenKeys(step), ...node.per].map(identifier),
    order: rankOrder(node, input),
    n: node.n,
  })
  return selectText(
    [...ownColumns(step, fields), ...(node.rank === undefined ? [] : [aliased(identifier('_rank'), node.rank)])],
    [`FROM ${nested(rows)}`],
  )
}

/** ORDER BY terms of the ranks: what was asked for, then the columns that decide between equal rows. */
export function rankOrder(node: TopNNode, input: Step): readonly string[] {
  const { fields } = input.checked
  const column = (name: string): OrderColumn => fields.find((field) => field.name === name) as OrderColumn
  const named = [...node.per, ...node.order_by.map(([name]) => name)]
  return [
    ...node.order_by.map(([name, direction]) => (direction === 'asc' ? ascending : descending)(column(name))),
    ...fields.filter(({ name }) => !named.includes(name)).map(ascending),
  ]
}

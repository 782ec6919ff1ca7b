import type { TopNNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from '../print/identifier.ts'
import { aliased, type NamedQuery, selectText } from '../print/select-text.ts'
import { ownColumns } from '../print/system-column.ts'
import { rankOrder } from '../print/top-n-printer.ts'
import { besideWindow, firstOfMoments, partitionKeys } from './live-moment.ts'

/** The first rows of each group of windows: rows of one window are all of its last millisecond, where Flink ranks them once. */
export function topNViews(node: TopNNode, step: Step): readonly NamedQuery[] {
  const [input] = step.inputs
  const columns = ownColumns(step, input.checked.fields)
  const rows = { name: `${step.name} rows`, sql: selectText(besideWindow(columns), [`FROM ${identifier(input.name)}`]) }
  const first = firstOfMoments({
    rows: rows.name,
    columns,
    keys: partitionKeys(node.per, input),
    order: rankOrder(node, input),
    n: node.n,
    added: node.rank === undefined ? [] : [aliased(identifier('_place'), node.rank)],
  })
  return [rows, { name: step.name, sql: first }]
}

import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { typeOf } from '../expr/check-expr.ts'
import { isEquatable } from '../type/data-type.ts'
import { checkAtLeast } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import { checkName, clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { TopNNode } from './node/top-n-node.ts'

/** Most rows per group. */
const ROWS_MAX = 1_000_000

/** The input's columns, then the rank. Rows of a window leave when it closes, those of an upsert are corrected. */
export function checkTopN(node: TopNNode, input: CheckedNode): CheckedNode {
  const where = `top-n \`${node.id}\``
  for (const name of node.per) keyField(name, { fields: input.fields, where })
  for (const [name] of node.order_by) checkOrder(name, input, where)
  checkAtLeast({ name: 'n', value: node.n, least: 1 }, where)
  if (node.n > ROWS_MAX)
    throw userError('plan/too-large', `The ${where} asks for ${node.n} rows per group; at most ${ROWS_MAX} are allowed.`, {
      asked: node.n,
      found: ROWS_MAX,
      do: `Give ${ROWS_MAX} or less.`,
    })
  checkWindowed(node, input, where)
  return { ...input, node, inputs: [node.input], fields: [...input.fields, ...rankField(node, input, where)], upsertKeys: undefined }
}

function checkOrder(name: string, input: CheckedNode, where: string): void {
  const { type } = typeOf({ col: name }, input.fields, `order of ${where}`)
  if (isEquatable(type)) return
  throw userError('plan/bad-order', `The ${where} is ordered by \`${name}\`, which is ${type} and has no order.`, {
    asked: name,
    found: type,
    do: 'Order by a scalar column.',
  })
}

function checkWindowed(node: TopNNode, input: CheckedNode, where: string): void {
  if (input.upsert) return
  const { window } = input
  if (window !== undefined && node.per.includes(window.start) && node.per.includes(window.end)) return
  const found = window === undefined ? 'rows that are of no window' : `rows of the window ${window.start} to ${window.end}`
  throw userError('plan/top-n-unbounded', `The ${where} ranks ${found} per ${node.per.join(', ') || 'nothing'}, which never ends.`, {
    asked: node.per,
    found: window === undefined ? [] : [window.start, window.end],
    do:
      window === undefined
        ? 'Rank the rows of a window, or current rows: put a window-aggregate or `latest` in front.'
        : `Add ${window.start} and ${window.end} to \`per\`.`,
  })
}

function rankField({ rank }: TopNNode, input: CheckedNode, where: string): readonly Field[] {
  if (rank === undefined) return []
  checkName(rank, where)
  if (input.fields.some((field) => field.name === rank)) throw clash(rank, where)
  return [{ name: rank, type: 'int64', nullable: false }]
}

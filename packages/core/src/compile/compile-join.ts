import { columnsOf } from '../expr/columns-of.ts'
import { aliasedColumn } from '../graph/joined-asset.ts'
import { RIGHT } from '../graph/view/join.ts'
import type { ViewOperation } from '../graph/view-asset.ts'
import { addMeeting } from './add-exchange.ts'
import type { NodeList } from './node-list.ts'

/** Adds the right side under names of its own, exchanges where the sides do not lie together, the join, and the view's columns. */
export function addJoin(operation: Extract<ViewOperation, { readonly kind: 'join' }>, inputs: readonly string[], nodes: NodeList): string {
  const { match, how, columns } = operation
  const [left, right] = inputs
  const used = new Set(columns.flatMap(({ expr }) => [...columnsOf(expr)]))
  const keys = operation.on.map(([, name]) => name)
  const kept = nodes
    .checked(right)
    .fields.map(({ name }) => name)
    .filter((name) => keys.includes(name) || used.has(aliasedColumn(RIGHT, name)))
  const aliased = kept.map((name) => ({ name: aliasedColumn(RIGHT, name), expr: { col: name } }))
  const named = aliased.length === 0 ? right : nodes.add({ kind: 'project', input: right, columns: aliased })
  const on = operation.on.map(([a, b]) => [a, aliasedColumn(RIGHT, b)] as const)
  const meeting = addMeeting({ left, right: named, on }, nodes)
  const joined = nodes.add({ kind: 'join', how, ...meeting, on, ...match })
  return nodes.add({ kind: 'project', input: joined, columns })
}

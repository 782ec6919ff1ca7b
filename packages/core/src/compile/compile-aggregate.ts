import { userError } from '../error/index.ts'
import { columnsOf } from '../expr/columns-of.ts'
import type { Expr } from '../expr/expr.ts'
import type { NamedExpr } from '../graph/features-asset.ts'
import type { ViewOperation } from '../graph/view-asset.ts'
import type { Aggregate } from '../plan/node/window-aggregate-node.ts'
import { addExchange } from './add-exchange.ts'
import { bare } from './compile-features.ts'
import type { NodeList } from './node-list.ts'

type Operation = Extract<ViewOperation, { readonly kind: 'aggregate' }>

/** Adds filter, computed keys, exchange where it is needed, the window, and what is derived. */
export function addAggregate(operation: Operation, input: string, nodes: NodeList): string {
  const { where, window, aggregates, derived } = operation
  const keys = operation.keys.map((key) => key.name)
  const counted = where === undefined ? input : nodes.add({ kind: 'filter', input, where })
  const carried = carry(operation, counted, nodes)
  const exchanged = addExchange(carried, keys, nodes)
  const id = nodes.add({ kind: 'window-aggregate', input: exchanged, keys, window, aggregates })
  if (derived.length === 0) return id
  const own = nodes.checked(id).fields.map(({ name }) => bare(name))
  return nodes.add({ kind: 'project', input: id, columns: [...own, ...derived] })
}

/** Puts a project in front where keys are computed, or where an exchange would move columns that nothing reads. */
function carry({ keys, aggregates }: Operation, input: string, nodes: NodeList): string {
  const { fields, partitionedBy } = nodes.checked(input)
  const names = keys.map((key) => key.name)
  const computed = keys.some((key) => !isBare(key))
  if (!computed && partitionedBy?.every((key) => names.includes(key))) return input
  const used = aggregatedColumns(aggregates)
  const hidden = keys.find((key) => !isBare(key) && used.has(key.name))
  if (hidden !== undefined) {
    throw userError('project/hidden-column', `The key \`${hidden.name}\` hides the column \`${hidden.name}\`, which an aggregate reads.`, {
      asked: hidden.name,
      found: [...used],
      do: 'Give the key another name.',
    })
  }
  const others = fields.map(({ name }) => name).filter((name) => !names.includes(name) && used.has(name))
  const columns = [...keys, ...others.map(bare)]
  return nodes.add({ kind: 'project', input, columns: columns.length === 0 ? [bare(fields[0].name)] : columns })
}

function isBare({ name, expr }: NamedExpr): boolean {
  return 'col' in expr && expr.col === name
}

/** Every column that an aggregate reads. */
function aggregatedColumns(aggregates: readonly Aggregate[]): ReadonlySet<string> {
  const exprs = aggregates.flatMap((one): Expr[] => [...(one.args ?? []), ...(one.where === undefined ? [] : [one.where])])
  const ordered = aggregates.flatMap((one) => (one.order_by ?? []).map(([column]) => column))
  return new Set([...exprs.flatMap((expr) => [...columnsOf(expr)]), ...ordered])
}

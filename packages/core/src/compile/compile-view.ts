import type { NamedExpr } from '../graph/features-asset.ts'
import type { ViewAsset, ViewOperation } from '../graph/view-asset.ts'
import { addExchange } from './add-exchange.ts'
import { addAggregate } from './compile-aggregate.ts'
import { addJoin } from './compile-join.ts'
import { addPlanned } from './compile-planned.ts'
import { addUnion } from './compile-union.ts'
import type { NodeList } from './node-list.ts'

type Operation<K extends ViewOperation['kind']> = Extract<ViewOperation, { readonly kind: K }>

/** Adds a view's nodes behind those of its inputs, with exchanges where rows do not lie as the operation needs them. */
export function addView(view: ViewAsset, inputs: readonly string[], nodes: NodeList): string {
  const { operation } = view
  const [input] = inputs
  switch (operation.kind) {
    case 'select':
      return addSelect(operation, input, nodes)
    case 'aggregate':
      return addAggregate(operation, input, nodes)
    case 'over': {
      const { by: keys, rangeMs: range_ms, aggregates } = operation
      return nodes.add({ kind: 'over-aggregate', input: addExchange(input, keys, nodes), keys, range_ms, aggregates })
    }
    case 'join':
      return addJoin(operation, inputs, nodes)
    case 'dedupe': {
      const { by: keys, horizonMs: horizon_ms } = operation
      return nodes.add({ kind: 'dedupe', input: addExchange(input, keys, nodes), keys, horizon_ms })
    }
    case 'latest': {
      const { by: keys, deleted } = operation
      const removal = deleted === undefined ? {} : { deleted }
      return nodes.add({ kind: 'latest', input: addExchange(input, keys, nodes), keys, ...removal })
    }
    case 'plan':
      return addPlanned(operation, new Map(view.inputs.map(({ name }, i) => [name, inputs[i]])), nodes)
    case 'union':
      return addUnion(inputs, nodes)
    case 'map': {
      const { fn, reads, columns } = operation
      return nodes.add({ kind: 'map', input, function: { name: view.name, hash: fn.hash }, reads, columns })
    }
    case 'top-n':
      return addTopN(operation, input, nodes)
  }
}

function addSelect({ where, columns, eventTime }: Operation<'select'>, input: string, nodes: NodeList): string {
  const kept = where === undefined ? input : nodes.add({ kind: 'filter', input, where })
  if (columns === undefined) return kept
  const marked = columns.map((column: NamedExpr) => (column.name === eventTime ? { ...column, event_time: true } : column))
  return nodes.add({ kind: 'project', input: kept, columns: marked })
}

/** Rows of windows are ranked within their window. */
function addTopN({ per, orderBy, n, rank }: Operation<'top-n'>, input: string, nodes: NodeList): string {
  const { window, upsert } = nodes.checked(input)
  const bounds = window === undefined || upsert ? [] : [window.start, window.end]
  const keys = [...new Set([...bounds, ...per])]
  const ranked = rank === undefined ? {} : { rank }
  return nodes.add({ kind: 'top-n', input: addExchange(input, keys, nodes), per: keys, order_by: orderBy, n, ...ranked })
}

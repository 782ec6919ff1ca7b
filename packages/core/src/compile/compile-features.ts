import { userError } from '../error/index.ts'
import { columnsOf } from '../expr/columns-of.ts'
import type { Expr } from '../expr/expr.ts'
import type { FeaturesAsset, NamedExpr } from '../graph/features-asset.ts'
import type { NodeList } from './node-list.ts'

/** Adds a view's nodes: scan, filter, computed keys, exchange, window, derived columns. Returns the id of the last. */
export function addFeatures(view: FeaturesAsset, nodes: NodeList): string {
  refuseApart(view)
  let input = nodes.add({ kind: 'scan', source: view.input.name })
  if (view.where !== undefined) input = nodes.add({ kind: 'filter', input, where: view.where })
  if (view.keys.length > 0 || view.exchange !== undefined) input = nodes.add({ kind: 'project', input, columns: carried(view) })
  if (view.exchange !== undefined) {
    const partitions = view.entity.length === 0 ? 1 : view.exchange.partitions
    input = nodes.add({ kind: 'exchange', input, keys: view.entity, ...(partitions === undefined ? {} : { partitions }) })
  }
  const window = nodes.add({ kind: 'window-aggregate', input, keys: view.entity, window: view.window, aggregates: view.aggregates })
  if (view.derived.length === 0) return window
  return nodes.add({ kind: 'project', input: window, columns: [...windowColumns(view), ...view.derived] })
}

/** Bringing rows of a key together costs a pass through the log, so a view says that it wants it. */
function refuseApart(view: FeaturesAsset): void {
  const { key } = view.input.contract
  const named = view.keys.length > 0 ? view.keys : view.entity.map(bare)
  if (view.exchange !== undefined || key.every((column) => named.some(({ expr }) => 'col' in expr && expr.col === column))) return
  throw userError(
    'plan/needs-exchange',
    `\`${view.name}\` groups by ${view.entity.join(', ') || 'nothing'}, but the records of \`${view.input.name}\` lie by ${key.join(', ')}.`,
    { asked: view.entity, found: key, do: 'Add the key of the stream to the entity, or `exchange` to the view.' },
  )
}

/** The columns of the window node as they are. */
export function windowColumns(view: FeaturesAsset): readonly NamedExpr[] {
  return ['window_start', 'window_end', ...view.entity, ...view.aggregates.map((one) => one.name)].map(bare)
}

export function bare(name: string): NamedExpr {
  return { name, expr: { col: name } }
}

/** What has to travel to the window: its keys and what its aggregates read. */
function carried(view: FeaturesAsset): readonly NamedExpr[] {
  const exprs: Expr[] = view.aggregates.flatMap((one) => [...(one.args ?? []), ...(one.where === undefined ? [] : [one.where])])
  const used = new Set([view.input.contract.eventTime, ...exprs.flatMap((expr) => [...columnsOf(expr)])])
  const keys = view.keys.length > 0 ? view.keys : view.entity.map(bare)
  const taken = new Set(keys.map((key) => key.name))
  return [
    ...keys,
    ...Object.keys(view.input.contract.fields)
      .filter((name) => used.has(name) && !taken.has(name))
      .map(bare),
  ]
}

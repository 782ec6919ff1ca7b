import { columnsOf } from '../expr/columns-of.ts'
import type { FeaturesAsset } from '../graph/features-asset.ts'
import { aliasedColumn, type JoinedAsset } from '../graph/joined-asset.ts'
import { addFeatures, bare } from './compile-features.ts'
import type { NodeList } from './node-list.ts'

/**
 * Adds a joined view's nodes: the base, then each other view by its entity and the same window end (equal event times), then the columns.
 * Views by the base's whole entity come first; for those by a part of it, the base's rows go through an exchange.
 */
export function addJoined(view: JoinedAsset, nodes: NodeList): string {
  const used = new Set(view.columns.flatMap(({ expr }) => [...columnsOf(expr)]))
  const byEntity = [...view.others].sort((a, b) => b.view.entity.length - a.view.entity.length)
  let left = addFeatures(view.base, nodes)
  let partitionedBy = view.base.entity
  for (const { alias, view: other } of byEntity) {
    if (other.entity.join() !== partitionedBy.join()) {
      left = nodes.add({ kind: 'exchange', input: left, keys: other.entity, ...partitionsOf(other) })
      partitionedBy = other.entity
    }
    const kept = Object.keys(other.row).filter((name) => other.entity.includes(name) || used.has(aliasedColumn(alias, name)))
    const columns = [...new Set([...kept, 'window_end'])].map((name) => ({ name: aliasedColumn(alias, name), expr: { col: name } }))
    const right = nodes.add({ kind: 'project', input: addFeatures(other, nodes), columns })
    const on = other.entity.map((name): readonly [string, string] => [name, aliasedColumn(alias, name)])
    left = nodes.add({ kind: 'join', type: 'interval', how: 'left', left, right, on, lower_ms: 0, upper_ms: 0 })
  }
  const kept = ['window_start', 'window_end', ...view.entity].map(bare)
  return nodes.add({ kind: 'project', input: left, columns: [...kept, ...view.columns] })
}

/** The number of partitions that rows of a view by its entity lie in, where it is not the source's. */
function partitionsOf(view: FeaturesAsset): { readonly partitions?: number } {
  if (view.entity.length === 0) return { partitions: 1 }
  return view.exchange?.partitions === undefined ? {} : { partitions: view.exchange.partitions }
}

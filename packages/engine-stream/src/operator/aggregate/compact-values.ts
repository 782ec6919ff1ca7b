import type { Tile } from '../window/tile.ts'
import { DistinctAggregate } from './distinct-aggregate.ts'
import type { DistinctValues } from './distinct-values.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** Values that distinct counts have numbered. */
export function distinctValues(aggregates: readonly WindowedAggregate[]): number {
  return tablesOf(aggregates).reduce((sum, { table }) => sum + table.size, 0)
}

/** Drops values that no tile holds where that is due; whether it was. The running window must then be reset and filled again. */
export function compactValues(aggregates: readonly WindowedAggregate[], tiles: readonly Tile[]): boolean {
  const due = tablesOf(aggregates).filter((values) => values.compactDue)
  for (const values of due) values.compact(tiles)
  return due.length > 0
}

function tablesOf(aggregates: readonly WindowedAggregate[]): DistinctValues[] {
  return [...new Set(aggregates.filter((aggregate) => aggregate instanceof DistinctAggregate).map(({ values }) => values))]
}

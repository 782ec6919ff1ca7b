import type { Tile } from '../window/tile.ts'
import { DistinctAggregate } from './distinct-aggregate.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** Values that distinct counts have numbered. */
export function distinctValues(aggregates: readonly WindowedAggregate[]): number {
  return aggregates.reduce((sum, aggregate) => sum + (aggregate instanceof DistinctAggregate ? aggregate.values.size : 0), 0)
}

/** Drops values that no tile holds where that is due; whether it was. The running window must then be reset and filled again. */
export function compactValues(aggregates: readonly WindowedAggregate[], tiles: readonly Tile[]): boolean {
  const due = aggregates.filter((aggregate) => aggregate instanceof DistinctAggregate).filter((aggregate) => aggregate.compactDue)
  for (const aggregate of due) aggregate.compact(tiles)
  return due.length > 0
}

import type { Tile } from '../window/tile.ts'
import type { AggregateState } from './aggregate-state.ts'
import { DistinctAggregate } from './distinct-aggregate.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** Adds an aggregate's groups of one tile to those of another; `slots` says which group of `to` each group of `from` is. */
export function mergeTile(
  aggregate: WindowedAggregate,
  place: number,
  { from, to, slots }: { readonly from: Tile; readonly to: Tile; readonly slots: Int32Array },
): void {
  if (aggregate instanceof DistinctAggregate) {
    const values = aggregate.stateOf(from)
    const target = aggregate.stateOf(to)
    for (let entry = 0; entry < values.size; entry++) target.add(slots[values.groups[entry]], values.values[entry])
    return
  }
  const target = to.states[place] as AggregateState
  const source = from.states[place] as AggregateState
  for (let slot = 0; slot < from.size; slot++) target.merge(slots[slot], source, slot)
}

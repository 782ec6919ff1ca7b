import type { Frame } from '../frame.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { newTile } from '../window/tile.ts'
import type { EmitCounts } from './aggregate-state.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** Aggregates the frame's rows by groups 0 to `count` − 1, of which each row names its own, into the first `count` rows of `out`. */
export function aggregateGroups(
  aggregates: readonly WindowedAggregate[],
  { frame, groups, count }: { readonly frame: Frame; readonly groups: Int32Array; readonly count: number },
  { out, counts }: { readonly out: readonly OutputColumn[]; readonly counts: EmitCounts },
): void {
  const tile = newTile(aggregates, { index: 0, groups: count })
  for (let group = 0; group < count; group++) tile.slotOf(group)
  const rows = Int32Array.from(groups.keys())
  const range = { groups: Int32Array.from({ length: count }, (_, group) => group), from: 0, count, at: 0 }
  for (const [place, aggregate] of aggregates.entries()) {
    out[place].ensure(count)
    aggregate.prepare(frame)
    aggregate.update(tile, { rows, groups, count: rows.length })
    aggregate.emitTile(tile, range, { out: out[place], counts })
  }
}

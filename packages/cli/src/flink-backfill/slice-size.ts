import type { CheckedPlan, TimeSlice } from '@millrace/core'
import { inReach } from '../backfill/view-batch.ts'
import { type ReadContext, tableName } from '../scope/open-scope.ts'

/** What a slice reads, by the figures of the tables' manifests. */
export interface SliceSize {
  readonly rows: number
  /** Of data files. */
  readonly bytes: number
}

/** Slices that are looked at, evenly over all of them. */
const LOOKED_AT_MAX = 64

/** What the largest of some slices reads. */
export async function largestSlice(
  context: Pick<ReadContext, 'lake' | 'scope'>,
  { plan, snapshots }: { readonly plan: CheckedPlan; readonly snapshots: Readonly<Record<string, number | undefined>> },
  slices: readonly TimeSlice[],
): Promise<SliceSize> {
  const step = Math.max(1, slices.length / LOOKED_AT_MAX)
  const looked = Array.from({ length: Math.min(slices.length, LOOKED_AT_MAX) }, (_, i) => slices[Math.floor(i * step)])
  let largest: SliceSize = { rows: 0, bytes: 0 }
  for (const slice of looked) {
    const { from, to } = inReach(plan, slice)
    const size = { rows: 0, bytes: 0 }
    for (const [name, { event_time: column }] of plan.sources) {
      const bounds = [{ column, ...(from === undefined ? {} : { min: from }), ...(to === undefined ? {} : { max: to }) }]
      const { files } = await context.lake.scan(tableName(context.scope, name), { bounds, snapshotId: snapshots[name] })
      for (const { rows, bytes } of files) {
        size.rows += rows
        size.bytes += bytes
      }
    }
    largest = { rows: Math.max(largest.rows, size.rows), bytes: Math.max(largest.bytes, size.bytes) }
  }
  return largest
}

import type { LateEntry, OverAggregateNode } from '@millrace/core'
import { aggregate } from './aggregate.ts'
import type { Datum } from './datum.ts'
import { byKey } from './group.ts'
import { judged, lateEntries } from './late.ts'
import type { Row } from './row.ts'

export interface OverAggregateOptions {
  readonly mode: 'as_served' | 'exact'
  readonly types: ReadonlyMap<string, string>
}

/**
 * Over-aggregate: each accepted row with the aggregates over the accepted rows of its key whose event time lies in [t − range, t], so
 * that rows of one time see the same. Null keys are one key. Time and tie stay.
 */
export function overAggregate(
  node: OverAggregateNode,
  rows: readonly Row[],
  { mode, types }: OverAggregateOptions,
): { rows: Row[]; late: LateEntry[] } {
  const { accepted, refused } = judged(rows, mode)
  const results = byKey(accepted, node.keys).flatMap((group) =>
    group.map((row): Row => {
      const time = row.eventTime as number
      const seen = group.filter((other) => (other.eventTime as number) <= time && (other.eventTime as number) >= time - node.range_ms)
      const added = node.aggregates.map((spec): [string, Datum] => [spec.name, aggregate(spec, seen, types)])
      return { ...row, columns: new Map([...row.columns, ...added]), stamp: undefined }
    }),
  )
  return { rows: results, late: lateEntries(node.id, refused) }
}

import type { DedupeNode, LateEntry } from '@millrace/core'
import { byKey } from './group.ts'
import { judged, lateEntries } from './late.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

/**
 * Dedupe: of the accepted rows of a key, in the order of rows, each that comes first or lies more than `horizon_ms` behind the row just
 * before it, whether that one was dropped or not. Null keys are one key. Time and tie stay.
 */
export function dedupe(node: DedupeNode, rows: readonly Row[], mode: 'as_served' | 'exact'): { rows: Row[]; late: LateEntry[] } {
  const { accepted, refused } = judged(rows, mode)
  const kept = byKey(accepted, node.keys).flatMap((group) => {
    const ordered = group.toSorted(compareRows)
    return ordered.filter((row, i) => i === 0 || (row.eventTime as number) - (ordered[i - 1].eventTime as number) > node.horizon_ms)
  })
  return { rows: kept.map((row) => ({ ...row, stamp: undefined })), late: lateEntries(node.id, refused) }
}

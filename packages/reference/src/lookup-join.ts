import type { LookupJoinNode } from '@millrace/core'
import { joinedColumns, keysMeet } from './group.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

export interface LookupSides {
  readonly left: readonly Row[]
  /** Right's rows, computed over the records that arrived before the given one. */
  readonly rightBefore: (arrival: number) => readonly Row[]
  readonly rightNames: readonly string[]
}

/**
 * Lookup: each left row with right's current row of its key, as it was when the left row arrived; of several rows that are not
 * corrected, the last one in the order of rows. Nothing is late here; the left row keeps its time, tie and stamp.
 */
export function lookupJoin(node: LookupJoinNode, { left, rightBefore, rightNames }: LookupSides): Row[] {
  return left.flatMap((row): Row[] => {
    const current = rightBefore(row.tie.arrival as number)
      .filter((other) => keysMeet(node.on, row, other))
      .toSorted(compareRows)
      .at(-1)
    if (current === undefined && node.how !== 'left') return []
    return [{ ...row, columns: joinedColumns(row, current, rightNames) }]
  })
}

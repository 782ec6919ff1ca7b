import type { AsOfJoinNode, LateEntry } from '@millrace/core'
import { joinedColumns, keysMeet } from './group.ts'
import { type JoinSides, lateOfSides } from './interval-join.ts'
import { judged } from './late.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

/**
 * As-of join: each accepted left row with the last one, in the order of rows, of the accepted right rows whose `on` columns are equal and
 * not null and which lie at its time or before it (`strict`: before it), at most `max_age_ms` back. Left without one is left out, or
 * stands alone in a left join. Time and tie are left's.
 */
export function asOfJoin(node: AsOfJoinNode, sides: JoinSides, mode: 'as_served' | 'exact'): { rows: Row[]; late: LateEntry[] } {
  const left = judged(sides.left, mode)
  const right = judged(sides.right, mode)
  const ordered = right.accepted.toSorted(compareRows)
  const rows = left.accepted.flatMap((row): Row[] => {
    const partner = ordered.findLast((other) => isBefore(node, row, other) && keysMeet(node.on, row, other))
    if (partner === undefined && node.how !== 'left') return []
    return [{ ...row, columns: joinedColumns(row, partner, sides.rightNames), stamp: undefined }]
  })
  return { rows, late: lateOfSides(node.id, left.refused, right.refused) }
}

function isBefore({ strict, max_age_ms }: AsOfJoinNode, left: Row, right: Row): boolean {
  const age = (left.eventTime as number) - (right.eventTime as number)
  return age >= (strict === true ? 1 : 0) && age <= (max_age_ms ?? Number.POSITIVE_INFINITY)
}

import type { IntervalJoinNode, LateEntry } from '@millrace/core'
import { joinedColumns, keysMeet } from './group.ts'
import { judged, lateEntries } from './late.ts'
import { NO_TIE, type Row } from './row.ts'

export interface JoinSides {
  readonly left: readonly Row[]
  readonly right: readonly Row[]
  /** Names of right's columns: nulls in a row of left without a partner. */
  readonly rightNames: readonly string[]
}

/**
 * Interval join: every pair of an accepted left and an accepted right row whose `on` columns are equal and not null and where
 * right.time − left.time lies in [lower, upper]; a left join adds each accepted left row that is in no pair. Event time: the greater
 * of the two, of a row without a partner left's.
 */
export function intervalJoin(node: IntervalJoinNode, sides: JoinSides, mode: 'as_served' | 'exact'): { rows: Row[]; late: LateEntry[] } {
  const left = judged(sides.left, mode)
  const right = judged(sides.right, mode)
  const pair = (a: Row, b: Row | undefined): Row => ({
    columns: joinedColumns(a, b, sides.rightNames),
    eventTime: Math.max(a.eventTime as number, (b ?? a).eventTime as number),
    stamp: undefined,
    tie: NO_TIE,
  })
  const rows = left.accepted.flatMap((row) => {
    const partners = right.accepted.filter((other) => isPair(node, row, other)).map((other) => pair(row, other))
    return partners.length === 0 && node.how === 'left' ? [pair(row, undefined)] : partners
  })
  return { rows, late: lateOfSides(node.id, left.refused, right.refused) }
}

function isPair(node: IntervalJoinNode, left: Row, right: Row): boolean {
  const distance = (right.eventTime as number) - (left.eventTime as number)
  return distance >= node.lower_ms && distance <= node.upper_ms && keysMeet(node.on, left, right)
}

/** A record whose rows are refused on both sides, or several times on one, is reported once. */
export function lateOfSides(node: string, left: readonly Row[], right: readonly Row[]): LateEntry[] {
  const entries = lateEntries(node, [...left, ...right])
  return [...new Map(entries.map((entry) => [JSON.stringify([entry.source, entry.arrival]), entry])).values()]
}

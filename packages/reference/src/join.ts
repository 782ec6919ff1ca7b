import type { IntervalJoinNode, LateEntry } from '@millrace/core'
import { type Datum, keyText } from './datum.ts'
import type { Row } from './row.ts'

export interface JoinSides {
  readonly left: readonly Row[]
  readonly right: readonly Row[]
  /** Names of right's columns: nulls in a row of left without a partner. */
  readonly rightNames: readonly string[]
}

/**
 * Interval join: every pair of an accepted left and an accepted right row whose `on` columns are equal and not null and where
 * right.time − left.time lies in [lower, upper]; a left join adds each accepted left row that is in no pair. Event time: the greater
 * of the two, of a row without a partner left's. Served, a row that has a stamp is late iff its event time lies before its
 * watermark; a row that stands on both sides is reported once.
 */
export function join(node: IntervalJoinNode, sides: JoinSides, mode: 'as_served' | 'exact'): { rows: Row[]; late: LateEntry[] } {
  const judged = mode === 'exact' ? [] : [...sides.left, ...sides.right].filter(isLate)
  const accepted = (rows: readonly Row[]) => rows.filter((row) => mode === 'exact' || !isLate(row))
  const rightRows = accepted(sides.right)
  const rows = accepted(sides.left).flatMap((left) => {
    const partners = rightRows.filter((right) => isPair(node, left, right)).map((right) => pairOf(left, right))
    return partners.length === 0 && node.how === 'left' ? [withoutPartner(left, sides.rightNames)] : partners
  })
  return { rows, late: lateEntries(node, judged) }
}

function isLate({ eventTime, stamp }: Row): boolean {
  return stamp !== undefined && (eventTime as number) < stamp.watermark
}

function isPair(node: IntervalJoinNode, left: Row, right: Row): boolean {
  const distance = (right.eventTime as number) - (left.eventTime as number)
  if (distance < node.lower_ms || distance > node.upper_ms) return false
  return node.on.every(([leftName, rightName]) => {
    const [a, b] = [left.columns.get(leftName) as Datum, right.columns.get(rightName) as Datum]
    return a !== null && b !== null && keyText([a]) === keyText([b])
  })
}

function pairOf(left: Row, right: Row): Row {
  const eventTime = Math.max(left.eventTime as number, right.eventTime as number)
  return { columns: new Map([...left.columns, ...right.columns]), eventTime, stamp: undefined }
}

function withoutPartner(left: Row, rightNames: readonly string[]): Row {
  const columns = new Map([...left.columns, ...rightNames.map((name): [string, Datum] => [name, null])])
  return { columns, eventTime: left.eventTime, stamp: undefined }
}

function lateEntries(node: IntervalJoinNode, rows: readonly Row[]): LateEntry[] {
  const entries = new Map<string, LateEntry>()
  for (const { stamp } of rows) {
    if (stamp === undefined) continue
    const { source, arrival } = stamp
    entries.set(JSON.stringify([source, arrival]), { source, arrival, late: 'all', windows_missed: 1, node: node.id })
  }
  return [...entries.values()]
}

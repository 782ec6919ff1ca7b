import { compareDatums, compareLists } from './order.ts'
import type { Row } from './row.ts'

/** The one order of rows: by event time, arrival, position, then all columns from left to right; null is the least, and no time is null. */
export function compareRows(a: Row, b: Row): number {
  const inTime = compareDatums(a.eventTime ?? null, b.eventTime ?? null)
  if (inTime !== 0) return inTime
  const inArrival = compareDatums(a.tie.arrival, b.tie.arrival)
  if (inArrival !== 0) return inArrival
  if (a.tie.position !== b.tie.position) return a.tie.position - b.tie.position
  return compareLists([...a.columns.values()], [...b.columns.values()])
}

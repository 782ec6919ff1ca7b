/** Figures of a window operator since its beginning. */
export interface WindowCounters {
  /** Rows that reached the operator. */
  rowsIn: number
  /** Rows that counted in at least one window. */
  rowsCounted: number
  /** Rows that every window refused. */
  lateAll: number
  /** Pairs of row and window that were refused. */
  lateMemberships: number
  windowsFired: number
  rowsOut: number
  /** Integer results that left int64 and became null. */
  overflows: number
  /** Distinct counts cut at their maximum. */
  saturated: number
  /** Rows that maps in front of the first time operator refused. */
  deadLetters: number
  /** Rows of results that maps behind it refused. */
  deadResults: number
}

export function newWindowCounters(): WindowCounters {
  return {
    rowsIn: 0,
    rowsCounted: 0,
    lateAll: 0,
    lateMemberships: 0,
    windowsFired: 0,
    rowsOut: 0,
    overflows: 0,
    saturated: 0,
    deadLetters: 0,
    deadResults: 0,
  }
}

/** Adds figures to a sum. */
export function addCounters(sum: WindowCounters, more: Readonly<WindowCounters>): void {
  for (const name of Object.keys(sum) as (keyof WindowCounters)[]) sum[name] += more[name]
}

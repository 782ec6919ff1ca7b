/** What a feature view's operator counted over an input. */
export interface AssetCounters {
  /** Rows that reached the view. */
  readonly rowsIn: number
  /** Rows counted in at least one window. */
  readonly rowsCounted: number
  /** Rows refused by every window. */
  readonly lateAll: number
  /** Window memberships refused, over all rows. */
  readonly lateMemberships: number
}

export const NO_COUNTERS: AssetCounters = { rowsIn: 0, rowsCounted: 0, lateAll: 0, lateMemberships: 0 }

export function addCounters(a: AssetCounters, b: AssetCounters): AssetCounters {
  return {
    rowsIn: a.rowsIn + b.rowsIn,
    rowsCounted: a.rowsCounted + b.rowsCounted,
    lateAll: a.lateAll + b.lateAll,
    lateMemberships: a.lateMemberships + b.lateMemberships,
  }
}

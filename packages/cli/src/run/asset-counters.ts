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
  /** Rows that maps refused before they were counted. */
  readonly deadLetters: number
  /** Rows of results that maps refused. */
  readonly deadResults: number
}

export const NO_COUNTERS: AssetCounters = {
  rowsIn: 0,
  rowsCounted: 0,
  lateAll: 0,
  lateMemberships: 0,
  deadLetters: 0,
  deadResults: 0,
}

export function addCounters(a: AssetCounters, b: AssetCounters): AssetCounters {
  return {
    rowsIn: a.rowsIn + b.rowsIn,
    rowsCounted: a.rowsCounted + b.rowsCounted,
    lateAll: a.lateAll + b.lateAll,
    lateMemberships: a.lateMemberships + b.lateMemberships,
    deadLetters: a.deadLetters + b.deadLetters,
    deadResults: a.deadResults + b.deadResults,
  }
}

/** Of what an operator counts, by view, that which is shown. */
export function pickCounters(counters: Readonly<Record<string, AssetCounters>>): Record<string, AssetCounters> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, { rowsIn, rowsCounted, lateAll, lateMemberships, deadLetters, deadResults }]) => [
      name,
      { rowsIn, rowsCounted, lateAll, lateMemberships, deadLetters, deadResults },
    ]),
  )
}

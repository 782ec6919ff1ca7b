import { binCounts, type FeatureProfile } from './profile.ts'

/** Fewest rows on each side from which a shift is judged. */
export const PSI_ROWS_MIN = 500
/** Share of the rows that is spread evenly over the bins, so that an empty one weighs the same whatever the number of rows. */
const SPREAD_SHARE = 0.005

/**
 * Population stability index of a feature between its profile and a column: Σ (p − q) ln(p / q) over the profile's bins, missing values being
 * a bin. What equal distributions of these sizes give on average, (bins − 1)(1/n + 1/m), is taken off, so that few rows alone make no shift.
 * Null with fewer than 500 rows on a side.
 */
export function stabilityIndex(profile: FeatureProfile, column: Float32Array): number | null {
  const before = profile.counts
  const rowsBefore = before.reduce((sum, count) => sum + count, 0)
  const rowsNow = column.length
  if (Math.min(rowsBefore, rowsNow) < PSI_ROWS_MIN) return null
  const now = binCounts(column, profile.edges)
  const used = now.map((count, bin) => count + before[bin] > 0)
  const bins = used.filter(Boolean).length
  let sum = 0
  for (let bin = 0; bin < now.length; bin++) {
    if (!used[bin]) continue
    const p = (1 - SPREAD_SHARE) * (before[bin] / rowsBefore) + SPREAD_SHARE / bins
    const q = (1 - SPREAD_SHARE) * (now[bin] / rowsNow) + SPREAD_SHARE / bins
    sum += (p - q) * Math.log(p / q)
  }
  return Math.max(0, sum - (bins - 1) * (1 / rowsBefore + 1 / rowsNow))
}

export interface Percentiles {
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
  readonly count: number
}

/** Nearest-rank percentiles of times in ms; null of nothing. */
export function percentiles(times: readonly number[]): Percentiles {
  const sorted = Float64Array.from(times).sort()
  const rank = (share: number): number | null =>
    sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)])
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1), count: sorted.length }
}

/** Least, middle and greatest of repeated measurements. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** The spread of at least one figure; of an even number the median is the mean of the middle two. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return { min: sorted[0], median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2, max: sorted[sorted.length - 1] }
}

/** The spread in whole numbers: lines per second mean nothing behind the point. */
export function wholeSpread(figures: readonly number[]): Spread {
  const { min, median, max } = spreadOf(figures)
  return { min: Math.round(min), median: Math.round(median), max: Math.round(max) }
}

/** Scores of one range apart by label, each ascending. */
export interface ScoresByClass {
  readonly positives: Float64Array
  readonly negatives: Float64Array
}

/** Splits scores by their 0 or 1 labels and sorts both sides. */
export function byClass(labels: Uint8Array, scores: Float64Array): ScoresByClass {
  const positives = scores.filter((_, row) => labels[row] === 1).sort()
  const negatives = scores.filter((_, row) => labels[row] !== 1).sort()
  return { positives, negatives }
}

/** Entries of an ascending array below `value`. */
export function countBelow(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries of an ascending array at or below `value`. */
export function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] <= value) low = middle + 1
    else high = middle
  }
  return low
}

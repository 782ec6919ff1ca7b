import { sortValues } from './sort-values.ts'

/** Index of the bin that holds missing values; value bins are 0 to 254. */
export const MISSING_BIN = 255

/** How one feature's values fall into bins. */
export interface FeatureBins {
  /** Ascending; a value lies in the first bin whose threshold is not below it, and in the last one when all are. One fewer than the bins. */
  readonly thresholds: Float32Array
  /** Bins that hold values: 0 where all are missing. */
  readonly valueBins: number
  readonly hasMissing: boolean
}

/** Rows that the thresholds are taken from at most. */
export const BIN_ROWS_MAX = 200_000

/**
 * Thresholds that cut the values into at most `binsMax` bins of about equal weight: one bin per value where there are few, quantiles
 * otherwise. Each threshold lies between two neighbouring values, the lower one included, so float32 comparison repeats the binning.
 */
export function binFeature(column: Float32Array, sample: Uint32Array | undefined, binsMax: number): FeatureBins {
  const sorted = presentValues(column, sample)
  if (!isConstant(sorted)) sortValues(sorted)
  const values = distinct(sorted)
  const thresholds =
    values.length <= binsMax ? values.subarray(1).map((value, at) => between(values[at], value)) : quantiles(sorted, binsMax)
  return { thresholds, valueBins: values.length === 0 ? 0 : thresholds.length + 1, hasMissing: holdsMissing(column) }
}

function holdsMissing(column: Float32Array): boolean {
  for (let row = 0; row < column.length; row++) if (Number.isNaN(column[row])) return true
  return false
}

function presentValues(column: Float32Array, sample: Uint32Array | undefined): Float32Array {
  const length = sample?.length ?? column.length
  const values = new Float32Array(length)
  let count = 0
  for (let at = 0; at < length; at++) {
    const value = column[sample === undefined ? at : sample[at]]
    // Adding 0 makes −0 and 0 one value.
    if (!Number.isNaN(value)) values[count++] = value + 0
  }
  return values.subarray(0, count)
}

function isConstant(values: Float32Array): boolean {
  let at = 1
  while (at < values.length && values[at] === values[0]) at++
  return at >= values.length
}

function distinct(sorted: Float32Array): Float32Array {
  let count = 0
  for (let at = 0; at < sorted.length; at++) if (at === 0 || sorted[at] !== sorted[at - 1]) count++
  const values = new Float32Array(count)
  count = 0
  for (let at = 0; at < sorted.length; at++) if (at === 0 || sorted[at] !== sorted[at - 1]) values[count++] = sorted[at]
  return values
}

function quantiles(sorted: Float32Array, binsMax: number): Float32Array {
  const thresholds = new Float32Array(binsMax - 1)
  const last = sorted[sorted.length - 1]
  let count = 0
  let before = Number.NaN
  for (let bin = 1; bin < binsMax; bin++) {
    let at = Math.floor((bin / binsMax) * (sorted.length - 1))
    const low = sorted[at]
    if (low === before || low === last) continue
    before = low
    while (sorted[at] === low) at++
    thresholds[count++] = between(low, sorted[at])
  }
  return thresholds.slice(0, count)
}

/** A float32 t with low <= t < high. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2)
  return middle < high ? middle : low
}

/** Puts the bin of each value into bits `shift` to `shift + 7` of `packed`; those bits must be 0. */
export function writeBins(column: Float32Array, thresholds: Float32Array, packed: Uint32Array, shift: number): void {
  const padded = new Float32Array(256).fill(Number.POSITIVE_INFINITY)
  padded.set(thresholds)
  for (let row = 0; row < column.length; row++) {
    const value = column[row]
    let bin = 0
    if (Number.isNaN(value)) bin = MISSING_BIN
    else for (let step = 128; step > 0; step >>= 1) if (value > padded[bin + step - 1]) bin += step
    packed[row] |= bin << shift
  }
}

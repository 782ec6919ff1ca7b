import type { GrowthLimits } from './area.ts'
import { BIN_SLOTS, type BinnedFeature } from './feature-group.ts'

/** Numbers of a stored split: gain, bin, missing left, and of the left side gradient, hessian (in steps) and rows. */
export const SPLIT_FIELDS = 6
/** A split must lower the loss by more than this; what rounding makes of no gain at all lies below. */
const GAIN_MIN = 1e-9

/** Sums of a node, in steps. */
export interface NodeSums {
  readonly gradient: number
  readonly hessian: number
  readonly rows: number
}

export interface SplitScan {
  readonly histogram: Float64Array
  /** Where the feature's bins begin. */
  readonly at: number
  readonly feature: BinnedFeature
  readonly sums: NodeSums
  readonly limits: GrowthLimits
  readonly gradientUnit: number
  readonly hessianUnit: number
}

/**
 * Finds the bin after which a cut lowers the loss most (second-order gain of Chen & Guestrin 2016, equation 7, without the half) and
 * writes it to `into`; a gain of 0 says that there is none. Where training saw missing values both sides are tried for them.
 */
export function findSplit(scan: SplitScan, into: Float64Array, at: number): void {
  into[at] = 0
  const { feature } = scan
  scanSide(scan, { to: feature.hasMissing ? feature.valueBins : feature.valueBins - 1, missingLeft: false }, into, at)
  if (feature.hasMissing) scanSide(scan, { to: feature.valueBins - 1, missingLeft: true }, into, at)
  else if (into[at] > 0) into[at + 2] = into[at + 5] * 2 > scan.sums.rows ? 1 : 0
}

function scanSide(scan: SplitScan, side: { to: number; missingLeft: boolean }, into: Float64Array, at: number): void {
  const { histogram, sums, limits, gradientUnit, hessianUnit } = scan
  const { l2, leafRowsMin } = limits
  const hessianMin = limits.leafHessianMin / hessianUnit
  const unit = (gradientUnit * gradientUnit) / hessianUnit
  const penalty = l2 / hessianUnit
  const parent = (sums.gradient * sums.gradient) / (sums.hessian + penalty)
  const missing = scan.at + scan.feature.valueBins * BIN_SLOTS
  let gradient = side.missingLeft ? histogram[missing] : 0
  let hessian = side.missingLeft ? histogram[missing + 1] : 0
  let rows = side.missingLeft ? histogram[missing + 2] : 0
  let best = Math.max(into[at], GAIN_MIN) / unit + parent
  for (let bin = 0; bin < side.to; bin++) {
    const entry = scan.at + bin * BIN_SLOTS
    gradient += histogram[entry]
    hessian += histogram[entry + 1]
    rows += histogram[entry + 2]
    if (rows < leafRowsMin || hessian < hessianMin) continue
    const hessianRight = sums.hessian - hessian
    if (sums.rows - rows < leafRowsMin || hessianRight < hessianMin) break
    const right = sums.gradient - gradient
    const score = (gradient * gradient) / (hessian + penalty) + (right * right) / (hessianRight + penalty)
    if (!(score > best)) continue
    best = score
    into[at] = (score - parent) * unit
    into[at + 1] = bin
    into[at + 2] = side.missingLeft ? 1 : 0
    into[at + 3] = gradient
    into[at + 4] = hessian
    into[at + 5] = rows
  }
}

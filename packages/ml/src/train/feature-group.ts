import type { FeatureBins } from './bins.ts'

/** Numbers per bin of a histogram: gradient, hessian, rows. */
export const BIN_SLOTS = 3
/** Features whose bins share one 32-bit number. */
export const GROUP_FEATURES_MAX = 4

/** A feature that can split: it has at least two bins. */
export interface BinnedFeature {
  /** Position among those that can split. */
  readonly index: number
  /** Position in the matrix. */
  readonly column: number
  /** Bins in front of its own in a histogram. */
  readonly offset: number
  /** Bins with values; the one after them holds what is missing. */
  readonly valueBins: number
  readonly hasMissing: boolean
}

export interface FeatureGroup {
  readonly features: readonly BinnedFeature[]
}

/** Groups of features of about equal size, their number a multiple of the threads'. Features of a single bin are left out. */
export function groupFeatures(bins: readonly FeatureBins[], threads: number): FeatureGroup[] {
  const features: BinnedFeature[] = []
  let offset = 0
  bins.forEach(({ valueBins, hasMissing }, column) => {
    if (valueBins === 0 || (valueBins === 1 && !hasMissing)) return
    features.push({ index: features.length, column, offset, valueBins, hasMissing })
    offset += valueBins + 1
  })
  const count = Math.min(features.length, Math.ceil(features.length / GROUP_FEATURES_MAX / threads) * threads)
  return Array.from({ length: count }, (_, group) => {
    const from = Math.floor((group * features.length) / count)
    const to = Math.floor(((group + 1) * features.length) / count)
    return { features: features.slice(from, to) }
  })
}

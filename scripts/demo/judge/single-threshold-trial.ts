import { tryThresholds } from '../../../examples/weblogs/simulator/single-threshold.ts'
import type { Label } from './label.ts'
import type { LiveEvidence } from './live-evidence.ts'
import type { AttackIndex } from './verdict.ts'

export interface SingleThreshold {
  /** Features with a threshold that alone finds every attack of every kind. */
  readonly found_by: readonly string[]
  readonly false_rate_max: number
  readonly features_tried: number
  /** The best of each view: the feature that finds the most kinds. */
  readonly best: readonly { readonly feature: string; readonly direction: string; readonly kinds_found: readonly string[] }[]
}

/** Tries every threshold on every single feature of both views. */
export function trySingleThresholds(
  { scored }: LiveEvidence,
  index: AttackIndex,
  { labels, falseRateMax }: { readonly labels: readonly Label[]; readonly falseRateMax: number },
): SingleThreshold {
  const trials = (['ip', 'site'] as const).map((view) => {
    const { rows, features } = scored[view]
    const attacks = rows.map((row) => index.attacksOn(view, row))
    return tryThresholds({ columns: features, attacks }, labels, falseRateMax).map((trial) => ({
      ...trial,
      feature: `${view}.${trial.feature}`,
    }))
  })
  return {
    found_by: trials.flat().flatMap((trial) => (trial.findsAll ? [`${trial.feature} ${trial.direction}`] : [])),
    false_rate_max: falseRateMax,
    features_tried: trials.flat().length / 2,
    best: trials.map((of) => {
      const best = of.reduce((most, trial) => (trial.kindsFound.length > most.kindsFound.length ? trial : most))
      return { feature: best.feature, direction: best.direction, kinds_found: best.kindsFound }
    }),
  }
}

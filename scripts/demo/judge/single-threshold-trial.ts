import { type ScoredRows, tryThresholds } from '../../../examples/weblogs/simulator/single-threshold.ts'
import { isDistributed, type Label } from './label.ts'
import type { LiveEvidence } from './live-evidence.ts'
import type { ScoredView } from './scored-view.ts'
import { ADDRESSES_SHARE, type AttackIndex } from './verdict.ts'

export interface SingleThreshold {
  /** Features with a threshold that alone finds every attack of every kind. */
  readonly found_by: readonly string[]
  readonly false_rate_max: number
  readonly features_tried: number
  /** The best of each view: the feature that finds the most kinds. */
  readonly best: readonly { readonly feature: string; readonly direction: string; readonly kinds_found: readonly string[] }[]
}

/** An alarm on a part of the site finds an attack that makes at least this share of what is asked for there, and no other. */
const SHARE_MIN = 0.25

/**
 * Tries every threshold on every single feature of both views. An attack by few addresses is found by alarms on as many of them as its
 * detection takes, or by one on the part of the site that it asks for; one by many addresses by any alarm on one of them or on its part.
 */
export function trySingleThresholds(
  { scored }: LiveEvidence,
  index: AttackIndex,
  { labels, falseRateMax }: { readonly labels: readonly Label[]; readonly falseRateMax: number },
): SingleThreshold {
  const trials = (['ip', 'site'] as const).map((view) => {
    const rows = view === 'ip' ? addressRows(scored.ip, index) : siteRows(scored.site, index)
    const seen = labels.map((label) => ({
      ...label,
      keysMin: view === 'site' || isDistributed(label) ? 1 : Math.ceil(ADDRESSES_SHARE * label.addresses.length),
    }))
    return tryThresholds(rows, seen, falseRateMax).map((trial) => ({ ...trial, feature: `${view}.${trial.feature}` }))
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

function addressRows({ rows, features }: ScoredView, index: AttackIndex): ScoredRows {
  return { columns: features, attacks: rows.map((row) => index.attacksOn('ip', row)), keys: rows.map(({ key }) => key) }
}

/** Rows that attacks only brush against are neither quiet nor about them, and are left out. */
function siteRows({ rows, features }: ScoredView, index: AttackIndex): ScoredRows {
  const attacks = rows.map((row, i) => index.attacksIn(row, SHARE_MIN * features.hits[i]))
  const kept = rows.flatMap((row, i) => (attacks[i].length > 0 || index.attacksOn('site', row).length === 0 ? [i] : []))
  const columns = Object.entries(features).map(([name, values]) => [name, Float64Array.from(kept, (i) => values[i])] as const)
  return { columns: Object.fromEntries(columns), attacks: kept.map((i) => attacks[i]) }
}

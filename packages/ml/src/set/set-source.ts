import { momentRangeSql, momentSetSql } from './moment-sql.ts'
import { noMomentSees, nothingMatches } from './nothing-matches.ts'
import { rangeSql, type SetShape, type SplitBounds, setSql } from './set-sql.ts'
import type { CoveredRange, IntervalSetLabels, MomentSetLabels, TrainingSetRequest } from './training-set.ts'

/** The statements that give a set, and what is recorded of its labels. */
export interface SetSource {
  /** One row: `first` and `last` moment that is covered (epoch ms), and how many `rows` there are. */
  readonly rangeSql: string
  /** The rows in order of time: `_end` (epoch ms), `_positive`, the features, `_key` where it is wanted. */
  readonly setSql: (bounds: SplitBounds) => string
  readonly labels: number
  readonly knownTime: boolean
  readonly maxAgeMs: number | null
  readonly featureMaxAgeMs: Readonly<Record<string, number>>
  /** What there is to be put into parts. */
  readonly seen: (range: CoveredRange) => number
  /** Why no row is positive. */
  readonly nothing: (range: CoveredRange) => Promise<Error>
}

export function intervalSource(request: TrainingSetRequest, of: IntervalSetLabels): SetSource {
  const { view, features, asOf } = request
  const { column, keysMin, keysMax, shareMin, knownTime = true, file } = of
  const shape: SetShape = { view, features, asOf, labels: { column, keysMin, keysMax, shareMin, knownTime, labels: file.labels } }
  return {
    rangeSql: rangeSql(shape),
    setSql: (bounds) => setSql(shape, bounds, { keys: request.keys === true }),
    labels: file.labels.length,
    knownTime: knownTime && view.availableAt !== undefined,
    maxAgeMs: null,
    featureMaxAgeMs: {},
    seen: ({ rows }) => rows,
    nothing: (range) => nothingMatches(request, shape, { range, file }),
  }
}

export function momentSource(request: TrainingSetRequest, of: MomentSetLabels): SetSource {
  const { view, features, asOf } = request
  const { maxAgeMs, knownTime, file } = of
  const featureMaxAgeMs = Object.fromEntries(Object.entries(of.featureMaxAgeMs ?? {}).filter(([feature]) => features.includes(feature)))
  const shape = { view, features, asOf, maxAgeMs, featureMaxAgeMs, knownTime, moments: file.moments }
  return {
    rangeSql: momentRangeSql(shape),
    setSql: () => momentSetSql(shape, { keys: request.keys === true }),
    labels: file.moments.length,
    knownTime: knownTime && view.availableAt !== undefined,
    maxAgeMs: maxAgeMs ?? null,
    featureMaxAgeMs,
    seen: () => file.moments.length,
    nothing: async (range) => noMomentSees(request, of, range),
  }
}

import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import type { Expr } from '../expr/expr.ts'
import type { Typed } from '../expr/typed.ts'
import type { ScoreColumn } from '../plan/node/score-node.ts'
import { type FeatureView, type NamedType, viewColumns } from './joined-asset.ts'
import { type Row, rowOf } from './row.ts'
import { type MaxAge, type ViewAges, viewAges } from './view-age.ts'

type Columns = Readonly<Record<string, Typed>>

/** Labelled stretches of time: JSON lines with `from`, `to` and a list of keys. */
export interface IntervalLabels {
  readonly kind: 'intervals'
  /** File relative to the project; `train --labels` names another. */
  readonly file: string | undefined
  /** Column of the view, or of its stream, that the keys of a label are values of. */
  readonly column: string
  /** Field of a label that lists its keys. */
  readonly field: string
  /** Labels with fewer or more keys are left out of this model's training set, and so are the rows that they touch. */
  readonly keysMin: number
  readonly keysMax: number | undefined
  /** Whether a label counts only for rows that were available before it became known. */
  readonly knownTime: boolean
  /** Where labels are matched through the stream's records: least share of a row's records that they must hold; rows touched less are left out. */
  readonly shareMin: number
}

/** Labelled moments: JSON lines with the values of the view's entity, a time and a class. */
export interface MomentLabels {
  readonly kind: 'moments'
  /** File relative to the project; `train --labels` names another. */
  readonly file: string | undefined
  /** Field of a label that holds its time. */
  readonly time: string
  /** Field of a label that is true or false. */
  readonly value: string
  /** Oldest that the row a label sees may be, inclusive; by the name of a view, what is of that view. */
  readonly maxAge: MaxAge | undefined
  /** Whether a label sees only rows that were available before it became known. */
  readonly knownTime: boolean
}

export interface TreesTrainer {
  readonly kind: 'gradient-boosted-trees'
  /** Most trees. 200 when left out. */
  readonly rounds: number
  /** Most leaves of a tree. */
  readonly leaves: number
  readonly learningRate: number
  /** Fewest rows of a leaf. */
  readonly leafRowsMin: number
  readonly l2: number
  /** Rounds without a better validation loss after which training stops; 0: never. */
  readonly patience: number
  /** `balanced` gives both classes the same total weight. */
  readonly classWeights: 'none' | 'balanced'
  readonly seed: number
}

/** Shares of the covered time, in order: what a model learns from, what tunes it, and what it never sees before it is judged. */
export interface TimeSplit {
  readonly train: number
  readonly validate: number
  readonly test: number
}

export type Metric = 'roc_auc' | 'pr_auc'

export type GateDeclaration =
  | { readonly kind: 'at-least'; readonly metric: Metric; readonly limit: number }
  | { readonly kind: 'not-worse-than'; readonly than: 'deployed'; readonly metric: Metric; readonly margin: number }
  | { readonly kind: 'stable'; readonly measure: 'psi'; readonly limit: number }

export interface ModelOptions<V extends Columns> {
  /** The view whose rows are scored. */
  readonly on: FeatureView<V>
  /** Columns the model sees; all numbers of the view that are not its key when left out. */
  readonly features?: readonly Extract<keyof V, string>[]
  readonly label: IntervalLabels | MomentLabels
  readonly train: TreesTrainer
  readonly split: TimeSplit
  /** The threshold of a version: the least whose share of false decisions on the validation range's negatives is at most this. */
  readonly threshold: { readonly falseRate: number }
  readonly gates: readonly GateDeclaration[]
  readonly serve: {
    /** Whether the server answers for it. */
    readonly http?: boolean
    /** Decides while no version is deployed, or where scoring fails. */
    readonly fallback: (row: V) => Typed<'boolean'>
  }
  readonly doc?: string
}

/** A model: what it learns from, what it must prove, and what decides without it. */
export interface ModelAsset<V extends Columns = Columns> {
  readonly kind: 'model'
  readonly name: string
  readonly input: FeatureView
  readonly entity: readonly string[]
  readonly features: readonly string[]
  readonly label: IntervalLabels | MomentLabels
  /** Oldest that what labels of moments see may be. */
  readonly ages: ViewAges
  readonly trainer: TreesTrainer
  readonly split: TimeSplit
  readonly threshold: { readonly falseRate: number }
  readonly gates: readonly GateDeclaration[]
  readonly http: boolean
  readonly fallback: Expr
  readonly row: Row<V>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/** What scoring adds to a view's columns. `score` and `threshold` are null where the fallback rule decided. */
export const SCORE_COLUMNS = [
  { name: 'score', type: 'double', nullable: true },
  { name: 'threshold', type: 'double', nullable: true },
  { name: 'decision', type: 'boolean', nullable: false },
  { name: 'decided_by', type: 'string', nullable: false },
  { name: 'model_version', type: 'int64', nullable: true },
] as const satisfies readonly ScoreColumn[]

type ScoreRow = {
  score: Typed<'double'>
  threshold: Typed<'double'>
  decision: Typed<'boolean'>
  decided_by: Typed<'string'>
  model_version: Typed<'int64'>
}

const FEATURE_TYPES: ReadonlySet<string> = new Set(['int32', 'int64', 'double', 'boolean'])

/**
 * Declares a model.
 *
 * @example
 * const suspiciousIp = model('suspicious_ip', { on: ipSignals, label: intervals({ column: 'ip', field: 'addresses' }),
 *   train: gradientBoostedTrees({ rounds: 200 }), split: byTime({ train: 0.7, validate: 0.15, test: 0.15 }),
 *   threshold: { falseRate: 0.0005 }, gates: [atLeast('roc_auc', 0.97)], serve: { fallback: (f) => gt(f.hits, 600) } })
 */
export function model<V extends Columns>(name: string, options: ModelOptions<V>): ModelAsset<V & ScoreRow> {
  const at = declaredAt()
  const input = options.on as unknown as FeatureView
  const columns = viewColumns(input)
  const given = columns.filter(({ name: column }) => !['window_start', 'window_end', ...input.entity].includes(column))
  const features = options.features ?? given.filter(({ type }) => FEATURE_TYPES.has(type)).map((column) => column.name)
  for (const feature of features) checkFeature(feature, { name, given })
  return {
    kind: 'model',
    name,
    input,
    entity: input.entity,
    features,
    label: options.label,
    ages: viewAges(input, options.label.kind === 'moments' ? options.label.maxAge : undefined, name),
    trainer: options.train,
    split: options.split,
    threshold: options.threshold,
    gates: options.gates,
    http: options.serve.http ?? true,
    fallback: options.serve.fallback(options.on.row).expr,
    row: rowOf([...columns, ...SCORE_COLUMNS], `model \`${name}\``) as V & ScoreRow,
    doc: options.doc,
    at,
  }
}

function checkFeature(feature: string, of: { readonly name: string; readonly given: readonly NamedType[] }): void {
  const column = of.given.find((one) => one.name === feature)
  if (column !== undefined && FEATURE_TYPES.has(column.type)) return
  throw userError(
    'project/not-a-feature',
    `Model \`${of.name}\` cannot learn from \`${feature}\`: it is ${column === undefined ? 'no column of its view' : column.type}.`,
    {
      asked: feature,
      found: of.given.filter(({ type }) => FEATURE_TYPES.has(type)).map((one) => one.name),
      do: 'Name number or boolean columns of the view.',
    },
  )
}

/** Labels of keys over stretches of time, in a file of JSON lines. @example intervals({ column: 'ip', field: 'addresses' }) */
export function intervals(options: {
  readonly file?: string
  readonly column: string
  readonly field: string
  readonly keysMin?: number
  readonly keysMax?: number
  readonly shareMin?: number
  readonly knownTime?: boolean
}): IntervalLabels {
  return {
    kind: 'intervals',
    file: options.file,
    column: options.column,
    field: options.field,
    keysMin: options.keysMin ?? 1,
    keysMax: options.keysMax,
    shareMin: options.shareMin ?? 0,
    knownTime: options.knownTime ?? true,
  }
}

/**
 * Labels of keys at single moments, in a file of JSON lines `{ENTITY COLUMNS, "at", "label", "known_at"?}`. Each learns from the latest row of its
 * key strictly before it, at most `maxAge` old, that was available before the label became known. With a maximum age for each of the views that
 * a joined view is made of, the base's bounds the row, and columns that read another view are null where the row is older than that view's.
 *
 * @example moments({ file: 'frauds.jsonl', maxAge: '1h' })
 * @example moments({ maxAge: { ip_activity: '1h', ip_hour: '10m' } })
 */
export function moments(
  options: {
    readonly file?: string
    readonly time?: string
    readonly value?: string
    /** One length of time for the row, or by view: `{ ip_activity: '1h', ip_hour: '10m' }`. */
    readonly maxAge?: MaxAge
    /** `false`: rows are seen also where they were written after the label became known. */
    readonly knownTime?: boolean
  } = {},
): MomentLabels {
  return {
    kind: 'moments',
    file: options.file,
    time: options.time ?? 'at',
    value: options.value ?? 'label',
    maxAge: options.maxAge,
    knownTime: options.knownTime ?? true,
  }
}

/** Histogram gradient-boosted trees with logistic loss. @example gradientBoostedTrees({ rounds: 200 }) */
export function gradientBoostedTrees(options: Partial<Omit<TreesTrainer, 'kind'>> = {}): TreesTrainer {
  return {
    kind: 'gradient-boosted-trees',
    rounds: 200,
    leaves: 31,
    learningRate: 0.1,
    leafRowsMin: 20,
    l2: 0,
    patience: 20,
    classWeights: 'none',
    seed: 1,
    ...options,
  }
}

/** Splits by time: shares that add up to 1. @example byTime({ train: 0.7, validate: 0.15, test: 0.15 }) */
export function byTime(split: TimeSplit): TimeSplit {
  const shares = [split.train, split.validate, split.test]
  if (shares.every((share) => share > 0) && Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9) return split
  throw userError('project/bad-split', `The shares ${shares.join(', ')} do not split time: each must be above 0, together 1.`, {
    asked: split,
    do: 'Write for example `byTime({ train: 0.7, validate: 0.15, test: 0.15 })`.',
  })
}

/** The metric on the test range must reach a floor. */
export function atLeast(metric: Metric, limit: number): GateDeclaration {
  return { kind: 'at-least', metric, limit }
}

/** The deployed version may be better by at most `margin`, with the confidence interval of the difference counted in. */
export function notWorseThan(than: 'deployed', metric: Metric, margin: number): GateDeclaration {
  return { kind: 'not-worse-than', than, metric, margin }
}

/** No feature's population stability index between training and test range may pass the limit. */
export function stable(measure: 'psi', limit: number): GateDeclaration {
  return { kind: 'stable', measure, limit }
}

import { createHash } from 'node:crypto'
import type { Batch } from '@millrace/columnar'
import { type TimeSplit, userError } from '@millrace/core'
import type { LabelFile } from './label-file.ts'
import type { MomentFile } from './moment-file.ts'
import { numbersOf, type SetPart, SetPartBuilder } from './set-part.ts'
import { intervalSource, momentSource, type SetSource } from './set-source.ts'
import type { SetView, SplitBounds } from './set-sql.ts'

/** Runs one of our statements on DuckDB and gives its rows in batches. */
export type SetQuery = (sql: string) => AsyncIterable<Batch>

/** Labels of stretches of time: each row of the view is in the set once. */
export interface IntervalSetLabels {
  readonly kind?: 'intervals'
  readonly column: string
  readonly keysMin: number
  readonly keysMax?: number
  readonly shareMin?: number
  /** Whether a label counts only for rows that were available before it became known; true when absent. */
  readonly knownTime?: boolean
  readonly file: LabelFile
}

/** Labels of moments: each label is in the set once, with the row that it sees. */
export interface MomentSetLabels {
  readonly kind: 'moments'
  /** Oldest that a seen row may be, ms, inclusive; undefined: any age. */
  readonly maxAgeMs: number | undefined
  /** By feature: it is null where the seen row is older, ms, inclusive; absent: at any age that is seen it is what it is. */
  readonly featureMaxAgeMs?: Readonly<Record<string, number>>
  readonly knownTime: boolean
  readonly file: MomentFile
}

export interface TrainingSetRequest {
  readonly model: string
  readonly view: SetView
  /** Columns of the view, in the order of the matrix. */
  readonly features: readonly string[]
  readonly labels: IntervalSetLabels | MomentSetLabels
  readonly split: TimeSplit
  /** Rows that were available from here on (epoch ms) are not seen. */
  readonly asOf: number
  /** `as_served`: the view's table as the stream wrote it; `exact`: computed from the records, late ones included. */
  readonly mode: 'as_served' | 'exact'
  /** Snapshot per table that is read; null where the table is empty. */
  readonly snapshots: Readonly<Record<string, number | null>>
  readonly query: SetQuery
  /** Whether the parts carry their rows' keys. */
  readonly keys?: boolean
  readonly onRows?: (rows: number) => void
}

/** What a part of a set covers. Times are ISO 8601. */
export interface RangeRecord {
  readonly from: string
  readonly to: string
  readonly rows: number
  readonly positives: number
}

/** All that rebuilds a training set bit for bit, beside the declarations. */
export interface TrainingSetRecord {
  readonly mode: 'as_served' | 'exact'
  readonly snapshots: Readonly<Record<string, number | null>>
  readonly labels_sha256: string
  readonly labels: number
  readonly as_of: string
  /** Whether labels see only rows that were available before they became known. */
  readonly known_time: boolean
  /** Oldest that a row seen by a labelled moment may be; null: any age, or labels of stretches of time. */
  readonly max_age_ms: number | null
  /** Ages beyond which features are null; there where some have one. */
  readonly feature_max_age_ms?: Readonly<Record<string, number>>
  readonly features: readonly string[]
  readonly train: RangeRecord
  readonly validate: RangeRecord
  readonly test: RangeRecord
  /** Rows seen that are in no part: their window crosses a boundary, or only labels that do not count touch them. Of moments: labels that see no row. */
  readonly left_out: number
  /** SHA-256 of every feature, label and window end in order. */
  readonly digest: string
}

export interface TrainingSet {
  readonly train: SetPart
  readonly validate: SetPart
  readonly test: SetPart
  readonly record: TrainingSetRecord
}

/** Most rows of a set: its matrix lies in memory. */
export const SET_ROWS_MAX = 20_000_000

/**
 * Builds a model's training set, split by time into what is learnt from, what tunes, and what judges. With labels of stretches of time it holds each row
 * of the view once, positive iff a label of its key overlaps the row's window (half open, both); with labelled moments each label once, with
 * the latest row of its key strictly before it.
 *
 * @throws `model/no-rows`, `model/labels-match-nothing`, `model/empty-split`, `model/one-class`, `model/too-many-rows`
 */
export async function buildTrainingSet(request: TrainingSetRequest): Promise<TrainingSet> {
  const source = request.labels.kind === 'moments' ? momentSource(request, request.labels) : intervalSource(request, request.labels)
  const range = await coveredRange(request, source)
  const bounds = boundsOf(range, request.split)
  const [train, validate, test] = await readParts(request, { source, range, bounds })
  if (train.positives + validate.positives + test.positives === 0) throw await source.nothing(range)
  for (const [name, part] of Object.entries({ train, validate, test })) if (part.rows === 0) throw emptySplit(request, name, part)
  checkClasses(request, train)
  const kept = train.rows + validate.rows + test.rows
  const record: TrainingSetRecord = {
    mode: request.mode,
    snapshots: request.snapshots,
    labels_sha256: request.labels.file.sha256,
    labels: source.labels,
    as_of: iso(request.asOf),
    known_time: source.knownTime,
    max_age_ms: source.maxAgeMs,
    ...(Object.keys(source.featureMaxAgeMs).length === 0 ? {} : { feature_max_age_ms: source.featureMaxAgeMs }),
    features: request.features,
    train: rangeRecord(train),
    validate: rangeRecord(validate),
    test: rangeRecord(test),
    left_out: source.seen(range) - kept,
    digest: digestOf([train, validate, test]),
  }
  return { train, validate, test, record }
}

/** The time that seen windows cover (epoch ms), and how many rows that is. */
export interface CoveredRange {
  readonly from: number
  readonly to: number
  readonly rows: number
}

async function coveredRange(request: TrainingSetRequest, source: SetSource): Promise<CoveredRange> {
  let range: CoveredRange = { from: 0, to: 0, rows: 0 }
  for await (const batch of request.query(source.rangeSql)) {
    const [from, to, rows] = ['first', 'last', 'rows'].map((name) => numbersOf(batch, name)[0])
    if (rows > 0) range = { from, to, rows }
  }
  if (range.rows === 0 && request.labels.kind === 'moments') throw await source.nothing(range)
  if (range.rows === 0)
    throw userError('model/no-rows', `\`${request.view.name}\` has no rows to train \`${request.model}\` on.`, {
      asked: request.model,
      found: 0,
      do: 'Ingest history first: `millrace run --input FILE`, and name the same file with `--input`.',
    })
  if (range.rows <= SET_ROWS_MAX) return range
  throw userError('model/too-many-rows', `\`${request.view.name}\` has ${range.rows} rows; a training set takes ${SET_ROWS_MAX}.`, {
    asked: range.rows,
    found: SET_ROWS_MAX,
    do: 'Train on a shorter history.',
  })
}

function boundsOf({ from, to }: CoveredRange, split: TimeSplit): SplitBounds {
  const at = (share: number): number => from + Math.round((to - from) * share)
  return [at(split.train), at(split.train + split.validate)]
}

interface PartsOf {
  readonly source: SetSource
  readonly range: CoveredRange
  readonly bounds: SplitBounds
}

async function readParts(request: TrainingSetRequest, { source, range, bounds }: PartsOf): Promise<readonly [SetPart, SetPart, SetPart]> {
  const builders = bounds.concat(range.to).map(() => new SetPartBuilder(request.features))
  for await (const batch of request.query(source.setSql(bounds))) {
    const ends = numbersOf(batch, '_end')
    let from = 0
    for (const [i, builder] of builders.entries()) {
      let to = from
      while (to < batch.rows && (i === builders.length - 1 || ends[to] <= bounds[i])) to++
      if (to > from) builder.add(batch, from, to)
      from = to
    }
    request.onRows?.(builders.reduce((sum, builder) => sum + builder.rows, 0))
  }
  const [trainEnd, validateEnd] = bounds
  return [
    builders[0].build({ from: range.from, to: trainEnd }),
    builders[1].build({ from: trainEnd, to: validateEnd }),
    builders[2].build({ from: validateEnd, to: range.to }),
  ]
}

function emptySplit(request: TrainingSetRequest, name: string, part: SetPart): Error {
  return userError(
    'model/empty-split',
    `No row of \`${request.view.name}\` lies whole in the ${name} range of \`${request.model}\`, ${iso(part.from)} to ${iso(part.to)}.`,
    {
      asked: request.split,
      found: { from: iso(part.from), to: iso(part.to), rows: 0 },
      do: 'Train on a longer history, or give this range a greater share of the split.',
    },
  )
}

/** A model learns from both classes; the other ranges may lack one, which their figures and gates then say. */
function checkClasses({ model }: TrainingSetRequest, train: SetPart): void {
  const negatives = train.rows - train.positives
  if (train.positives > 0 && negatives > 0) return
  const only = negatives === 0 ? 'positive' : 'negative'
  throw userError(
    'model/one-class',
    `All ${train.rows} rows that \`${model}\` would learn from are ${only}: ${iso(train.from)} to ${iso(train.to)}.`,
    {
      asked: model,
      found: { positives: train.positives, negatives },
      do: 'Label the earlier part of the history too, or train on one that holds both.',
    },
  )
}

function rangeRecord(part: SetPart): RangeRecord {
  return { from: iso(part.from), to: iso(part.to), rows: part.rows, positives: part.positives }
}

/** Rows and bounds, then every array as it lies in memory. */
function digestOf(parts: readonly SetPart[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(JSON.stringify([part.features, part.from, part.to, part.rows]))
    for (const values of [part.windowEnd, part.labels, ...part.columns]) hash.update(bytesOf(values))
  }
  return hash.digest('hex')
}

function bytesOf(values: Float64Array | Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

import { createHash } from 'node:crypto'
import type { Batch } from '@millrace/columnar'
import { type TimeSplit, userError } from '@millrace/core'
import type { LabelFile } from './label-file.ts'
import { nothingMatches } from './nothing-matches.ts'
import { numbersOf, type SetPart, SetPartBuilder } from './set-part.ts'
import { rangeSql, type SetShape, type SetView, type SplitBounds, setSql } from './set-sql.ts'

/** Runs one of our statements on DuckDB and gives its rows in batches. */
export type SetQuery = (sql: string) => AsyncIterable<Batch>

export interface TrainingSetRequest {
  readonly model: string
  readonly view: SetView
  /** Columns of the view, in the order of the matrix. */
  readonly features: readonly string[]
  readonly labels: {
    readonly column: string
    readonly keysMin: number
    readonly keysMax?: number
    readonly shareMin?: number
    readonly file: LabelFile
  }
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
  readonly features: readonly string[]
  readonly train: RangeRecord
  readonly validate: RangeRecord
  readonly test: RangeRecord
  /** Rows seen that are in no part: their window crosses a boundary, or only labels that do not count touch them. */
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
 * Builds a model's training set: each row of its view once, positive iff a label of its key overlaps the row's window (half open, both),
 * split by time into what is learnt from, what tunes, and what judges.
 *
 * @throws `model/no-rows`, `model/labels-match-nothing`, `model/empty-split`, `model/one-class`, `model/too-many-rows`
 */
export async function buildTrainingSet(request: TrainingSetRequest): Promise<TrainingSet> {
  const shape = shapeOf(request)
  const range = await coveredRange(request, shape)
  const bounds = boundsOf(range, request.split)
  const [train, validate, test] = await readParts(request, { shape, range, bounds })
  if (train.positives + validate.positives + test.positives === 0) throw await nothingMatches(request, shape, range)
  for (const [name, part] of Object.entries({ train, validate, test })) if (part.rows === 0) throw emptySplit(request, name, part)
  checkClasses(request, train)
  const kept = train.rows + validate.rows + test.rows
  const record: TrainingSetRecord = {
    mode: request.mode,
    snapshots: request.snapshots,
    labels_sha256: request.labels.file.sha256,
    labels: request.labels.file.labels.length,
    as_of: iso(request.asOf),
    features: request.features,
    train: rangeRecord(train),
    validate: rangeRecord(validate),
    test: rangeRecord(test),
    left_out: range.rows - kept,
    digest: digestOf([train, validate, test]),
  }
  return { train, validate, test, record }
}

function shapeOf({ view, features, labels, asOf }: TrainingSetRequest): SetShape {
  return {
    view,
    features,
    asOf,
    labels: {
      column: labels.column,
      keysMin: labels.keysMin,
      keysMax: labels.keysMax,
      shareMin: labels.shareMin,
      labels: labels.file.labels,
    },
  }
}

/** The time that seen windows cover (epoch ms), and how many rows that is. */
export interface CoveredRange {
  readonly from: number
  readonly to: number
  readonly rows: number
}

async function coveredRange(request: TrainingSetRequest, shape: SetShape): Promise<CoveredRange> {
  let range: CoveredRange = { from: 0, to: 0, rows: 0 }
  for await (const batch of request.query(rangeSql(shape))) {
    const [from, to, rows] = ['first', 'last', 'rows'].map((name) => numbersOf(batch, name)[0])
    if (rows > 0) range = { from, to, rows }
  }
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
  readonly shape: SetShape
  readonly range: CoveredRange
  readonly bounds: SplitBounds
}

async function readParts(request: TrainingSetRequest, { shape, range, bounds }: PartsOf): Promise<readonly [SetPart, SetPart, SetPart]> {
  const builders = bounds.concat(range.to).map(() => new SetPartBuilder(request.features))
  for await (const batch of request.query(setSql(shape, bounds, { keys: request.keys === true }))) {
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

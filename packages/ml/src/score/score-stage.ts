import type { Batch, BooleanColumn, Column } from '@millrace/columnar'
import type { OpenDeployment } from './deployment.ts'
import { featureRows } from './feature-matrix.ts'
import { newScoreCounters, type ScoreCounters } from './score-counters.ts'
import { scoreColumns, scoredFields } from './scored-columns.ts'

/** Values of one run of the model; rows × features. */
const MATRIX_VALUES_MAX = 1 << 18

/** A compiled rule over the columns of a view; null is not true. */
export type FallbackRule = (batch: Batch) => BooleanColumn

export interface ScoreStageOptions {
  /** What is deployed, asked once per batch: a batch is scored by one version. */
  readonly deployed: () => OpenDeployment | undefined
  readonly fallback: FallbackRule
  /** Told what a run of the model failed with. */
  readonly onFailure?: (error: unknown) => void
}

/**
 * Scores batches of a view: its columns, then `score`, `threshold`, `decision`, `decided_by`, `model_version`. While nothing is deployed,
 * when the model fails and where a score is not finite, the fallback rule decides; `score` is null exactly there.
 */
export class ScoreStage {
  readonly counters: ScoreCounters = newScoreCounters()
  readonly #options: ScoreStageOptions
  #matrix = new Float32Array(0)

  constructor(options: ScoreStageOptions) {
    this.#options = options
  }

  async score(batch: Batch): Promise<Batch> {
    const deployed = this.#options.deployed()
    const started = performance.now()
    const scores = deployed === undefined ? undefined : await this.#scores(batch, deployed)
    if (deployed !== undefined) this.counters.scoringMs += performance.now() - started
    const known = scores ?? new Float64Array(batch.rows).fill(Number.NaN)
    const decisions = this.#decide(batch, known, scores === undefined ? undefined : deployed?.threshold)
    return withColumns(batch, scoreColumns({ scores: known, decisions, deployment: deployed }))
  }

  /** Undefined when the model failed: then one rule decides about the whole batch, and the next batch tries again. */
  async #scores(batch: Batch, { scorer }: OpenDeployment): Promise<Float64Array | undefined> {
    const { features } = scorer
    const rowsMax = Math.max(1, Math.floor(MATRIX_VALUES_MAX / Math.max(1, features.length)))
    const scores = new Float64Array(batch.rows)
    try {
      for (let from = 0; from < batch.rows; from += rowsMax) {
        const rows = Math.min(rowsMax, batch.rows - from)
        const matrix = featureRows(batch, features, { from, rows, into: this.#room(rows * features.length) })
        scores.set(await scorer.score(matrix, rows), from)
      }
      return scores
    } catch (error) {
      this.counters.failures++
      this.#options.onFailure?.(error)
      return undefined
    }
  }

  #room(values: number): Float32Array {
    if (this.#matrix.length < values) this.#matrix = new Float32Array(values)
    return this.#matrix
  }

  #decide(batch: Batch, scores: Float64Array, threshold: number | undefined): Uint8Array {
    const decisions = new Uint8Array(batch.rows)
    let rule: BooleanColumn | undefined
    let byFallback = 0
    let decidedTrue = 0
    for (let row = 0; row < batch.rows; row++) {
      const score = scores[row]
      if (score === score) decisions[row] = threshold !== undefined && score >= threshold ? 1 : 0
      else {
        rule ??= this.#options.fallback(batch)
        decisions[row] = rule.nulls !== null && rule.nulls[row] === 1 ? 0 : rule.values[row]
        byFallback++
      }
      decidedTrue += decisions[row]
    }
    this.counters.rowsByFallback += byFallback
    if (threshold !== undefined) this.counters.nonFinite += byFallback
    this.counters.rowsByModel += batch.rows - byFallback
    this.counters.decidedTrue += decidedTrue
    return decisions
  }
}

function withColumns(batch: Batch, added: readonly Column[]): Batch {
  const own = batch.columns.filter((_, place) => !batch.fields[place].name.startsWith('_'))
  const system = batch.columns.filter((_, place) => batch.fields[place].name.startsWith('_'))
  return { rows: batch.rows, fields: scoredFields(batch.fields), columns: [...own, ...added, ...system] }
}

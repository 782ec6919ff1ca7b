import type { Field } from '@millrace/columnar'
import { MillraceError, operatingError } from '@millrace/core'
import { BatchingScorer, type RowFiller } from './batching-scorer.ts'
import type { OpenDeployment } from './deployment.ts'
import { featureBatch } from './feature-batch.ts'
import { newScoreCounters, type ScoreCounters } from './score-counters.ts'
import type { FallbackRule } from './score-stage.ts'

/** What came out for the rows of a request; arrays have one entry a row. */
export interface ServedRows {
  /** Null where nothing is deployed, or the model failed. */
  readonly version: number | null
  readonly threshold: number | null
  /** NaN where there is no score. */
  readonly scores: Float64Array
  /** 1 for a positive decision. */
  readonly decisions: Uint8Array
  /** 1 where the fallback rule decided. */
  readonly fallback: Uint8Array
}

export interface ServedModelOptions {
  /** Names of the declared features, in the order of the matrices that `score` gets. */
  readonly features: readonly string[]
  /** Fields of the view, which the fallback rule reads; of a request it sees the features, all else is null. */
  readonly fields: readonly Field[]
  readonly deployed: () => OpenDeployment | undefined
  readonly fallback: FallbackRule
  /** Told what a run of the model failed with. */
  readonly onFailure?: (error: unknown) => void
}

/** A model as requests use it: the deployed version scores gathered requests, the fallback rule decides where there is no score. */
export class ServedModel {
  readonly counters: ScoreCounters = newScoreCounters()
  readonly #options: ServedModelOptions
  readonly #batching: BatchingScorer

  constructor(options: ServedModelOptions) {
    this.#options = options
    this.#batching = new BatchingScorer({ deployed: options.deployed })
  }

  /**
   * Scores a matrix [rows, features], laid out row by row. The memory must stay as it is until the answer.
   *
   * @throws `model/overloaded` when too many rows wait: then nobody decides, the request is to be sent again
   */
  async score(matrix: Float32Array, rows: number): Promise<ServedRows> {
    const started = performance.now()
    const scored = await this.#scored(matrix, rows)
    if (scored !== undefined) this.counters.scoringMs += performance.now() - started
    const scores = scored?.scores ?? new Float64Array(rows).fill(Number.NaN)
    const decisions = new Uint8Array(rows)
    const fallback = new Uint8Array(rows)
    const threshold = scored?.deployment.threshold ?? null
    let missing = 0
    for (let row = 0; row < rows; row++) {
      if (scores[row] === scores[row]) decisions[row] = threshold !== null && scores[row] >= threshold ? 1 : 0
      else {
        fallback[row] = 1
        missing++
      }
    }
    if (missing > 0) this.#fallBack({ matrix, rows, decisions, fallback })
    this.#count(decisions, missing, scored !== undefined)
    return { version: scored?.deployment.version ?? null, threshold, scores, decisions, fallback }
  }

  async #scored(matrix: Float32Array, rows: number) {
    try {
      return await this.#batching.score(rows, this.#filler(matrix, rows))
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'model/overloaded') throw error
      this.counters.failures++
      this.#options.onFailure?.(error)
      return undefined
    }
  }

  /** Lays rows of the declared features out as the version wants them. What float32 cannot hold is NaN, as everywhere. */
  #filler(matrix: Float32Array, rows: number): RowFiller {
    return (into, at, wanted) => {
      const declared = this.#options.features
      const places = samePlaces(declared, wanted) ? undefined : wanted.map((name) => placeOf(declared, name))
      const width = wanted.length
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < width; i++) {
          const value = matrix[row * declared.length + (places === undefined ? i : places[i])]
          into[at + row * width + i] = value - value === 0 ? value : Number.NaN
        }
      }
    }
  }

  #fallBack(of: {
    readonly matrix: Float32Array
    readonly rows: number
    readonly decisions: Uint8Array
    readonly fallback: Uint8Array
  }): void {
    const { values, nulls } = this.#options.fallback(featureBatch(of.matrix, of.rows, this.#options))
    for (let row = 0; row < of.rows; row++)
      if (of.fallback[row] === 1) of.decisions[row] = nulls !== null && nulls[row] === 1 ? 0 : values[row]
  }

  #count(decisions: Uint8Array, byFallback: number, wasScored: boolean): void {
    this.counters.rowsByFallback += byFallback
    this.counters.rowsByModel += decisions.length - byFallback
    if (wasScored) this.counters.nonFinite += byFallback
    for (const decision of decisions) this.counters.decidedTrue += decision
  }
}

function samePlaces(declared: readonly string[], wanted: readonly string[]): boolean {
  return declared === wanted || (declared.length === wanted.length && declared.every((name, place) => name === wanted[place]))
}

function placeOf(declared: readonly string[], name: string): number {
  const place = declared.indexOf(name)
  if (place >= 0) return place
  throw operatingError(
    'model/features-differ',
    `The deployed version was trained on \`${name}\`, which is no feature of the model any more.`,
    {
      asked: name,
      found: declared,
      do: 'Train and deploy a version of the features as they are declared now.',
    },
  )
}

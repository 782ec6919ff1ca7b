import { operatingError } from '@millrace/core'
import type { Deployment, OpenDeployment } from './deployment.ts'

/** Most rows of one run of the model. */
const RUN_ROWS_MAX = 1024
/** Most rows that wait. */
const QUEUE_ROWS_MAX = 16_384

/** The scores of a request's rows and the version that gave them; NaN is null. */
export interface BatchedScores {
  readonly scores: Float64Array
  readonly deployment: Deployment
}

/**
 * Lays out a request's rows from place `at` on, row by row, by the names of the version that will score them. What it throws fails its
 * own request only.
 */
export type RowFiller = (into: Float32Array, at: number, features: readonly string[]) => void

interface Waiting {
  readonly rows: number
  readonly fill: RowFiller
  readonly resolve: (scores: BatchedScores | undefined) => void
  readonly reject: (error: unknown) => void
}

export interface BatchingScorerOptions {
  readonly deployed: () => OpenDeployment | undefined
  /** Most rows of one run of the model; 1,024 when left out. */
  readonly runRowsMax?: number
  /** Most rows that wait; 16,384 when left out. */
  readonly queueRowsMax?: number
}

/**
 * Gathers rows of requests that come in one turn of the event loop, and while the model runs, into one run of the model. Each request
 * gets the scores of its own rows, all of one version.
 */
export class BatchingScorer {
  readonly #deployed: () => OpenDeployment | undefined
  readonly #runRowsMax: number
  readonly #queueRowsMax: number
  #waiting: Waiting[] = []
  #waitingRows = 0
  #running = false
  #matrix = new Float32Array(0)

  constructor(options: BatchingScorerOptions) {
    this.#deployed = options.deployed
    this.#runRowsMax = options.runRowsMax ?? RUN_ROWS_MAX
    this.#queueRowsMax = options.queueRowsMax ?? QUEUE_ROWS_MAX
  }

  /** Rows that wait for the next run. */
  get waitingRows(): number {
    return this.#waitingRows
  }

  /**
   * Scores the rows that `fill` lays out when their turn comes. Undefined while nothing is deployed.
   *
   * @throws operating errors `model/overloaded` (too many rows wait) and `model/scoring-failed`, after which the request may be sent again;
   * and what `fill` throws
   */
  score(rows: number, fill: RowFiller): Promise<BatchedScores | undefined> {
    if (this.#waitingRows + rows > this.#queueRowsMax) return Promise.reject(overloaded(rows, this.#waitingRows, this.#queueRowsMax))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, fill, resolve, reject })
      this.#waitingRows += rows
      if (this.#running) return
      this.#running = true
      setImmediate(() => void this.#drain())
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#run(this.#take())
    this.#running = false
  }

  /** Requests of at most `runRowsMax` rows together; one that is larger goes alone. */
  #take(): readonly Waiting[] {
    let count = 0
    let rows = 0
    while (count < this.#waiting.length && (count === 0 || rows + this.#waiting[count].rows <= this.#runRowsMax))
      rows += this.#waiting[count++].rows
    const taken = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#waitingRows -= rows
    return taken
  }

  async #run(requests: readonly Waiting[]): Promise<void> {
    const deployed = this.#deployed()
    if (deployed === undefined) {
      for (const request of requests) request.resolve(undefined)
      return
    }
    const filled = this.#fill(requests, deployed.scorer.features)
    try {
      await this.#answer(filled, deployed)
    } catch (error) {
      for (const request of filled) request.reject(error)
    }
  }

  /** Lays out all rows one after another; a request whose rows cannot be laid out is answered and left out. */
  #fill(requests: readonly Waiting[], features: readonly string[]): readonly Waiting[] {
    const rows = requests.reduce((sum, request) => sum + request.rows, 0)
    if (this.#matrix.length < rows * features.length) this.#matrix = new Float32Array(rows * features.length)
    let at = 0
    return requests.filter((request) => {
      try {
        request.fill(this.#matrix, at, features)
      } catch (error) {
        request.reject(error)
        return false
      }
      at += request.rows * features.length
      return true
    })
  }

  async #answer(requests: readonly Waiting[], { scorer, version, sha256, threshold, features }: OpenDeployment): Promise<void> {
    const deployment = { version, sha256, threshold, features }
    const rows = requests.reduce((sum, request) => sum + request.rows, 0)
    const scores = await scorer.score(this.#matrix, rows)
    let from = 0
    for (const request of requests) {
      const to = from + request.rows
      request.resolve({ scores: requests.length === 1 ? scores : scores.subarray(from, to), deployment })
      from = to
    }
  }
}

function overloaded(rows: number, waiting: number, max: number): Error {
  return operatingError('model/overloaded', `${rows} rows were to be scored while ${waiting} wait; at most ${max} may wait.`, {
    asked: rows,
    found: waiting,
    do: 'Send fewer requests at a time, or try again later.',
    details: { retriable: true },
  })
}

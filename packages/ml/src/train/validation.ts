import { metricOf } from '../judge/metric.ts'
import { addTree } from '../tree/predict-trees.ts'
import type { Tree } from '../tree/tree-model.ts'
import type { EarlyStopping } from './train-options.ts'
import type { TrainingMatrix } from './training-matrix.ts'

/** The model on rows that it does not learn from, round by round; the best round so far. */
export class Validation {
  readonly #matrix: TrainingMatrix
  readonly #options: Required<EarlyStopping>
  readonly #scores: Float64Array
  #best = Number.POSITIVE_INFINITY
  #bestRound = 0

  constructor(matrix: TrainingMatrix, baseScore: number, options: Required<EarlyStopping>) {
    this.#matrix = matrix
    this.#options = options
    this.#scores = new Float64Array(matrix.rows).fill(baseScore)
  }

  /** Trees of the best round. */
  get bestRound(): number {
    return this.#bestRound
  }

  /** The figure after this round's tree: log loss, or area under the ROC curve. */
  add(tree: Tree, round: number): number {
    const { columns, rows, features } = this.#matrix
    addTree(tree, features.length, { columns, rows }, this.#scores)
    const isLoss = this.#options.metric === 'log_loss'
    const figure = isLoss ? logLoss(this.#scores, this.#matrix) : rocAuc(this.#scores, this.#matrix)
    const badness = isLoss ? figure : -figure
    if (badness < this.#best - (this.#bestRound === 0 ? 0 : this.#options.tolerance)) {
      this.#best = badness
      this.#bestRound = round
    }
    return figure
  }

  /** Whether the last rounds brought nothing any more. */
  stopsAt(round: number): boolean {
    return round - this.#bestRound >= this.#options.patienceRounds
  }
}

/** Mean of −ln p of what was true, from log-odds. */
function logLoss(scores: Float64Array, { labels, weights, rows }: TrainingMatrix): number {
  let loss = 0
  let total = 0
  for (let row = 0; row < rows; row++) {
    const against = labels[row] === 1 ? -scores[row] : scores[row]
    const weight = weights === undefined ? 1 : weights[row]
    loss += weight * (Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against))))
    total += weight
  }
  return loss / total
}

/** Unweighted, as the gates judge it. */
function rocAuc(scores: Float64Array, { labels }: TrainingMatrix): number {
  return metricOf('roc_auc', labels, scores) ?? 0
}

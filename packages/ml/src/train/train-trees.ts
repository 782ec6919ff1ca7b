import { userError } from '@millrace/core'
import type { TreeModel } from '../tree/tree-model.ts'
import { layOutArea } from './area.ts'
import { BIN_ROWS_MAX, binFeature, type FeatureBins } from './bins.ts'
import { Crew } from './crew.ts'
import { groupFeatures } from './feature-group.ts'
import { TreeGrower } from './grow-tree.ts'
import { OPERATION } from './operation.ts'
import { drawIndexes, seededRandom } from './random.ts'
import { type ResolvedTrainOptions, resolveTrainOptions, type TrainOptions } from './train-options.ts'
import { checkTrainingMatrix, type TrainingMatrix } from './training-matrix.ts'
import { Validation } from './validation.ts'

/** How far a training is. */
export interface TrainProgress {
  /** Trees so far, from 1. */
  readonly round: number
  readonly roundsMax: number
  /** Log loss or area under the ROC curve on the validation set, where there is one. */
  readonly validation?: number
}

export interface TrainSurroundings {
  /** Rows that training does not learn from: they decide when to stop. Same features as the training set. */
  readonly validation?: TrainingMatrix
  readonly onProgress?: (progress: TrainProgress) => void
  /** Looked at before each round, so an `AbortSignal` of another thread or of a callback serves. */
  readonly signal?: { readonly aborted: boolean }
}

export interface TrainedTrees {
  readonly model: TreeModel
  /** Trees of the model: with early stopping those of the best round. */
  readonly rounds: number
  /** One entry per round that was run. */
  readonly history: readonly TrainProgress[]
}

/** Keeps the draws of one purpose apart from another's. */
const BIN_SALT = 0x62696e73
const FEATURE_SALT = 0x66656174

/**
 * Grows a boosted ensemble for two classes by logistic loss over histograms (Ke et al. 2017, LightGBM; Friedman 2001). The model
 * depends on the matrix, the options and the seed alone, not on the number of threads. Blocks this thread until it is done.
 *
 * @param train rows × features in float32, NaN where a value is missing; labels 0 and 1
 * @throws `model/one-class`, `model/class-of-one`, `model/no-rows`, `model/no-features`, `model/infinite-value`, `model/bad-weight`,
 * `model/bad-option`, `model/matrix-shape`, `model/training-cancelled`
 * @example
 * const { model } = trainTrees({ features: ['hits'], columns: [hits], labels, rows: labels.length }, { rounds: 50, seed: 1 })
 */
export function trainTrees(train: TrainingMatrix, options: TrainOptions = {}, surroundings: TrainSurroundings = {}): TrainedTrees {
  const resolved = resolveTrainOptions(options)
  checkTrainingMatrix(train)
  const { validation } = surroundings
  if (validation !== undefined) checkValidation(train, validation)
  const weights = rowWeights(train, resolved.classWeights)
  const baseScore = priorLogOdds(train, weights)
  const bins = binColumns(train, resolved)
  const groups = groupFeatures(bins, resolved.threads)
  const area = layOutArea({ matrix: train, bins, groups, weights, baseScore, limits: resolved })
  const crew = new Crew(area, Math.min(resolved.threads, Math.max(1, area.chunks, groups.length)))
  try {
    crew.run(OPERATION.bin, groups.length)
    const stopping = validation === undefined ? undefined : resolved.earlyStopping
    const judge = stopping === undefined ? undefined : new Validation(validation as TrainingMatrix, baseScore, stopping)
    const grown = growAll(new TreeGrower(area, crew, resolved), { options: resolved, allowed: area.allowed, judge, surroundings })
    const rounds = judge?.bestRound ?? grown.trees.length
    return { model: { features: [...train.features], baseScore, trees: grown.trees.slice(0, rounds) }, rounds, history: grown.history }
  } finally {
    crew.close()
  }
}

interface Growth {
  readonly options: ResolvedTrainOptions
  readonly allowed: Uint8Array
  readonly judge: Validation | undefined
  readonly surroundings: TrainSurroundings
}

function growAll(
  grower: TreeGrower,
  { options, allowed, judge, surroundings }: Growth,
): Pick<TrainedTrees, 'history'> & Pick<TreeModel, 'trees'> {
  const trees: TreeModel['trees'][number][] = []
  const history: TrainProgress[] = []
  const random = seededRandom(options.seed ^ FEATURE_SALT)
  grower.start(1)
  for (let round = 1; round <= options.rounds; round++) {
    if (surroundings.signal?.aborted === true) throw cancelled(round - 1, options.rounds)
    allowFeatures(allowed, options.featureShare, random)
    const tree = grower.grow(round + 1)
    trees.push(tree)
    const validation = judge?.add(tree, round)
    const progress = { round, roundsMax: options.rounds, ...(validation === undefined ? {} : { validation }) }
    history.push(progress)
    surroundings.onProgress?.(progress)
    if (judge?.stopsAt(round) === true) break
  }
  return { trees, history }
}

function allowFeatures(allowed: Uint8Array, share: number, random: () => number): void {
  if (share === 1 || allowed.length === 0) return
  allowed.fill(0)
  for (const index of drawIndexes(allowed.length, Math.max(1, Math.round(share * allowed.length)), random)) allowed[index] = 1
}

function cancelled(rounds: number, roundsMax: number): Error {
  return userError('model/training-cancelled', `Training was cancelled after ${rounds} of ${roundsMax} rounds.`, {
    asked: roundsMax,
    found: rounds,
    do: 'Start it again; nothing was registered.',
  })
}

function binColumns({ columns, rows }: TrainingMatrix, { seed, binsMax }: ResolvedTrainOptions): FeatureBins[] {
  const sample = rows > BIN_ROWS_MAX ? drawIndexes(rows, BIN_ROWS_MAX, seededRandom(seed ^ BIN_SALT)) : undefined
  return columns.map((column) => binFeature(column, sample, binsMax))
}

function rowWeights({ labels, weights, rows }: TrainingMatrix, classes: ResolvedTrainOptions['classWeights']): Float64Array | undefined {
  if (weights === undefined && classes !== 'balanced' && classes[0] === 1 && classes[1] === 1) return undefined
  const [negative, positive] = classes === 'balanced' ? balanced(labels) : classes
  return Float64Array.from({ length: rows }, (_, row) => (weights?.[row] ?? 1) * (labels[row] === 1 ? positive : negative))
}

function balanced(labels: Uint8Array): readonly [number, number] {
  const positives = labels.reduce((sum, label) => sum + label, 0)
  return [labels.length / (2 * (labels.length - positives)), labels.length / (2 * positives)]
}

function priorLogOdds({ labels, rows }: TrainingMatrix, weights: Float64Array | undefined): number {
  const totals = [0, 0]
  for (let row = 0; row < rows; row++) totals[labels[row]] += weights === undefined ? 1 : weights[row]
  if (totals[0] > 0 && totals[1] > 0) return Math.log(totals[1] / totals[0])
  throw userError('model/one-class', 'All rows of one class have the weight 0: there is nothing to tell apart.', {
    found: { negatives: totals[0], positives: totals[1] },
    do: 'Give rows of both classes a weight above 0.',
  })
}

function checkValidation(train: TrainingMatrix, validation: TrainingMatrix): void {
  checkTrainingMatrix(validation, 'validation')
  if (validation.features.join('\n') === train.features.join('\n')) return
  throw userError('model/matrix-shape', 'The validation set has other features than the training set.', {
    asked: train.features,
    found: validation.features,
    do: 'Build both from the same view.',
  })
}

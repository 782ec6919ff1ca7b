import { bugError } from '@millrace/core'
import type { Tree, TreeModel } from './tree-model.ts'

/** Rows to score: one float32 column per feature, or rows one after another. NaN is missing. */
export type FeatureInput =
  | { readonly columns: readonly Float32Array[]; readonly rows: number }
  | { readonly rowMajor: Float32Array; readonly rows: number }

/** Probability of the positive class per row. */
export function predictTrees(model: TreeModel, input: FeatureInput): Float64Array {
  return rawScore(model, input).map((logOdds) => 1 / (1 + Math.exp(-logOdds)))
}

/** Log-odds of the positive class per row. @throws `model/input-shape` where columns or row length do not fit the model's features */
export function rawScore(model: TreeModel, input: FeatureInput): Float64Array {
  checkShape(model, input)
  const scores = new Float64Array(input.rows).fill(model.baseScore)
  for (const tree of model.trees) addTree(tree, model.features.length, input, scores)
  return scores
}

/** Adds what one tree says of each row to `scores`; `features` is the length of a row. */
export function addTree(tree: Tree, features: number, input: FeatureInput, scores: Float64Array): void {
  if ('columns' in input) addFromColumns(tree, input.columns, scores)
  else addFromRows(tree, features, input.rowMajor, scores)
}

function addFromColumns(
  { feature, threshold, missingLeft, left, right, value }: Tree,
  columns: readonly Float32Array[],
  scores: Float64Array,
): void {
  for (let row = 0; row < scores.length; row++) {
    let node = 0
    while (feature[node] >= 0) {
      const x = columns[feature[node]][row]
      node = x <= threshold[node] || (Number.isNaN(x) && missingLeft[node] === 1) ? left[node] : right[node]
    }
    scores[row] += value[node]
  }
}

function addFromRows(
  { feature, threshold, missingLeft, left, right, value }: Tree,
  features: number,
  rowMajor: Float32Array,
  scores: Float64Array,
): void {
  for (let row = 0; row < scores.length; row++) {
    const from = row * features
    let node = 0
    while (feature[node] >= 0) {
      const x = rowMajor[from + feature[node]]
      node = x <= threshold[node] || (Number.isNaN(x) && missingLeft[node] === 1) ? left[node] : right[node]
    }
    scores[row] += value[node]
  }
}

function checkShape({ features }: TreeModel, input: FeatureInput): void {
  const fits =
    'columns' in input
      ? input.columns.length === features.length && input.columns.every(({ length }) => length >= input.rows)
      : input.rowMajor.length >= input.rows * features.length
  if (fits) return
  const found = 'columns' in input ? { columns: input.columns.map(({ length }) => length) } : { numbers: input.rowMajor.length }
  throw bugError('model/input-shape', `A model of ${features.length} features was given values of another shape for ${input.rows} rows.`, {
    asked: { features: features.length, rows: input.rows },
    found,
    do: "Give one value per row and feature, in the order of the model's features.",
  })
}

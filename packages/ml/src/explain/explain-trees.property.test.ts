import { expect, test } from 'vitest'
import { propertySeed } from '../../test/property-seed.ts'
import { numbersOf, randomMatrix, randomModel } from '../../test/random-model.ts'
import { rawScore } from '../tree/predict-trees.ts'
import type { Tree, TreeModel } from '../tree/tree-model.ts'
import { explainTrees } from './explain-trees.ts'

const MODELS = 60
const ROWS = 3

/** A random model whose inner nodes were reached by what their children were. */
function coveredModel(random: () => number): TreeModel {
  const shape = { trees: 1 + Math.floor(random() * 4), leaves: 12, features: 1 + Math.floor(random() * 8) }
  const model = randomModel(shape, random)
  for (const { feature, left, right, cover } of model.trees) {
    for (let node = feature.length - 1; node >= 0; node--) if (feature[node] >= 0) cover[node] = cover[left[node]] + cover[right[node]]
  }
  return model
}

/** What a tree says when only some features are known: at the others, both sides by cover. */
function expected(tree: Tree, row: Float32Array, known: number, node = 0): number {
  const feature = tree.feature[node]
  if (feature < 0) return tree.value[node]
  const [left, right] = [tree.left[node], tree.right[node]]
  if ((known >> feature) & 1) {
    const x = row[feature]
    const goesLeft = Number.isNaN(x) ? tree.missingLeft[node] === 1 : x <= tree.threshold[node]
    return expected(tree, row, known, goesLeft ? left : right)
  }
  const share = tree.cover[left] / tree.cover[node]
  return share * expected(tree, row, known, left) + (1 - share) * expected(tree, row, known, right)
}

/** Shapley values by their definition: the mean gain of a feature over all orders, by subsets. */
function shapley(model: TreeModel, row: Float32Array): number[] {
  const count = model.features.length
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  const worth = Array.from({ length: 2 ** count }, (_, known) => model.trees.reduce((sum, tree) => sum + expected(tree, row, known), 0))
  return model.features.map((_, feature) => {
    let sum = 0
    for (let known = 0; known < 2 ** count; known++) {
      if ((known >> feature) & 1) continue
      const size = known.toString(2).replaceAll('0', '').length
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count)
      sum += weight * (worth[known | (1 << feature)] - worth[known])
    }
    return sum
  })
}

test('contributions are the Shapley values by definition, with missing values and features met twice on a way', () => {
  const random = numbersOf(propertySeed('shapley'))
  for (let one = 0; one < MODELS; one++) {
    const model = coveredModel(random)
    const width = model.features.length
    const rows = randomMatrix(ROWS, width, random)
    for (let at = 0; at < ROWS; at++) {
      const row = rows.subarray(at * width, (at + 1) * width)
      const { contributions } = explainTrees(model, row)
      shapley(model, row).forEach((value, feature) => {
        expect(contributions[feature]).toBeCloseTo(value, 10)
      })
    }
  }
})

test('base and contributions sum up to the log-odds', () => {
  const random = numbersOf(propertySeed('shapley sum'))
  for (let one = 0; one < MODELS; one++) {
    const model = coveredModel(random)
    const row = randomMatrix(1, model.features.length, random)
    const { base, contributions } = explainTrees(model, row)
    expect(contributions.reduce((sum, part) => sum + part, base)).toBeCloseTo(rawScore(model, { rowMajor: row, rows: 1 })[0], 10)
  }
})

test('a feature that no tree asks for contributes nothing', () => {
  const model = coveredModel(numbersOf(4))
  const { contributions } = explainTrees({ ...model, features: [...model.features, 'unused'] }, new Float32Array(model.features.length + 1))
  expect(contributions.at(-1)).toBe(0)
})

test('a row of another length is refused', () => {
  expect(() => explainTrees(coveredModel(numbersOf(5)), new Float32Array(99))).toThrow(
    expect.objectContaining({ code: 'model/input-shape' }),
  )
})

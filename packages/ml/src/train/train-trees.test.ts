import { expect, test } from 'vitest'
import { trainingRows } from '../../test/training-rows.ts'
import { metricOf } from '../judge/metric.ts'
import { predictTrees, rawScore } from '../tree/predict-trees.ts'
import type { TreeModel } from '../tree/tree-model.ts'
import { CHUNK_ROWS } from './area.ts'
import { trainTrees } from './train-trees.ts'
import type { TrainingMatrix } from './training-matrix.ts'

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted })
const leavesOf = (model: TreeModel): number[] => model.trees.map(({ feature }) => feature.filter((one) => one < 0).length)
const areaOf = (model: TreeModel, set: TrainingMatrix): number =>
  metricOf('roc_auc', set.labels, predictTrees(model, { columns: set.columns, rows: set.rows })) ?? 0

test('finds what decides, and better than chance on rows it has not seen', () => {
  const { model, rounds, history } = trainTrees(trainingRows({ rows: 4000 }), { rounds: 40 })
  expect(rounds).toBe(40)
  expect(history).toHaveLength(40)
  expect(areaOf(model, trainingRows({ rows: 4000, seed: 2 }))).toBeGreaterThan(0.88)
  expect(model.trees[0].feature[0]).toBe(0)
})

test('several threads give the same model as one, over several chunks of rows', () => {
  const rows = trainingRows({ rows: 2 * CHUNK_ROWS + 777, features: 11, missing: 0.1 })
  const options = { rounds: 6, seed: 3, rowShare: 0.8, featureShare: 0.7, classWeights: 'balanced' as const }
  const one = trainTrees(rows, { ...options, threads: 1 })
  expect(trainTrees(rows, { ...options, threads: 3 })).toEqual(one)
  expect(trainTrees(rows, { ...options, threads: 1, seed: 4 })).not.toEqual(one)
})

test('the log-odds kept in training are those the model predicts: another round starts from them', () => {
  const rows = trainingRows({ rows: 3000, missing: 0.2 })
  const long = trainTrees(rows, { rounds: 12, rowShare: 0.6, seed: 9 }).model
  const short = trainTrees(rows, { rounds: 11, rowShare: 0.6, seed: 9 }).model
  expect(long.trees.slice(0, 11)).toEqual(short.trees)
  const loss = (model: TreeModel): number => {
    const scores = rawScore(model, { columns: rows.columns, rows: rows.rows })
    return scores.reduce((sum, score, row) => sum + Math.log1p(Math.exp(rows.labels[row] === 1 ? -score : score)), 0)
  }
  expect(loss(long)).toBeLessThan(loss(short))
})

test('keeps to the number of leaves, the depth and the rows of a leaf', () => {
  const rows = trainingRows({ rows: 3000 })
  expect(Math.max(...leavesOf(trainTrees(rows, { rounds: 5, leavesMax: 7 }).model))).toBe(7)
  expect(Math.max(...leavesOf(trainTrees(rows, { rounds: 5, depthMax: 2 }).model))).toBe(4)
  const { model } = trainTrees(rows, { rounds: 20, leafRowsMin: 150 })
  for (const { feature, cover } of model.trees) expect(cover.filter((_, node) => feature[node] < 0).every((rows) => rows >= 150)).toBe(true)
})

test('the cover of a node is the weight of the rows that reach it', () => {
  const rows = trainingRows({ rows: 2500, missing: 0.1 })
  const weights = Float64Array.from({ length: rows.rows }, (_, row) => (row % 4) / 2)
  const { model } = trainTrees({ ...rows, weights }, { rounds: 3 })
  const { feature, threshold, missingLeft, left, right, cover } = model.trees[2]
  const reached = new Float64Array(feature.length)
  for (let row = 0; row < rows.rows; row++) {
    for (let node = 0; ; ) {
      reached[node] += weights[row]
      if (feature[node] < 0) break
      const x = rows.columns[feature[node]][row]
      node = (Number.isNaN(x) ? missingLeft[node] === 1 : x <= threshold[node]) ? left[node] : right[node]
    }
  }
  expect(cover).toEqual(reached)
})

test('missing values go where they belong, also in prediction', () => {
  const rows = 2000
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? 1 : 0))
  const high = Float32Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? (row % 2 === 0 ? Number.NaN : 5) : 1))
  const low = high.map((x) => -x)
  for (const column of [high, low]) {
    const { model } = trainTrees({ features: ['num1'], columns: [column], labels, rows }, { rounds: 30 })
    const [ofMissing, ofPositive, ofNegative] = predictTrees(model, {
      rowMajor: Float32Array.of(Number.NaN, column[3], column[1]),
      rows: 3,
    })
    expect(ofMissing).toBeGreaterThan(0.9)
    expect(ofPositive).toBeGreaterThan(0.9)
    expect(ofNegative).toBeLessThan(0.1)
  }
})

test('a column that says something only by being missing is used', () => {
  const rows = 1000
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % 2)
  const column = Float32Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? Number.NaN : 7))
  const { model } = trainTrees({ features: ['num1'], columns: [column], labels, rows }, { rounds: 20 })
  const [ofMissing, ofValue] = predictTrees(model, { rowMajor: Float32Array.of(Number.NaN, 7), rows: 2 })
  expect([ofMissing < 0.2, ofValue > 0.8]).toEqual([true, true])
})

test('constant and empty columns change nothing but the places of the others', () => {
  const rows = trainingRows({ rows: 1500 })
  const constant = new Float32Array(rows.rows).fill(3)
  const empty = new Float32Array(rows.rows).fill(Number.NaN)
  const wide = { ...rows, features: ['a', ...rows.features, 'b'], columns: [constant, ...rows.columns, empty] }
  const [plain, padded] = [rows, wide].map((set) => trainTrees(set, { rounds: 5 }).model.trees)
  expect(padded.map((tree) => ({ ...tree, feature: tree.feature.map((one) => (one < 0 ? one : one - 1)) }))).toEqual(plain)
})

test('only constant columns give the share of positives', () => {
  const labels = Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 0)
  const { model } = trainTrees({ features: ['num1'], columns: [new Float32Array(8).fill(1)], labels, rows: 8 }, { rounds: 3 })
  expect(predictTrees(model, { rowMajor: Float32Array.of(1), rows: 1 })[0]).toBeCloseTo(0.25, 12)
})

test('class weights are row weights, and a weight is a number of equal rows', () => {
  const drawn = trainingRows({ rows: 1200 })
  const rows = { ...drawn, columns: drawn.columns.map((column) => column.map((value) => Math.round(value * 10))) }
  const weights = Float64Array.from(rows.labels, (label) => (label === 1 ? 3 : 1))
  const options = { rounds: 5, leafRowsMin: 1 }
  const weighted = trainTrees({ ...rows, weights }, options)
  expect(trainTrees(rows, { ...options, classWeights: [1, 3] })).toEqual(weighted)
  const positives = [...rows.labels.keys()].filter((row) => rows.labels[row] === 1)
  const repeat = (array: Float32Array | Uint8Array): number[] => [...array, ...positives.flatMap((row) => [array[row], array[row]])]
  const repeated = {
    features: rows.features,
    columns: rows.columns.map((column) => Float32Array.from(repeat(column))),
    labels: Uint8Array.from(repeat(rows.labels)),
    rows: rows.rows + 2 * positives.length,
  }
  const [scores, expected] = [trainTrees(repeated, options), weighted].map(({ model }) => rawScore(model, rows))
  expect(scores.reduce((sum, score, row) => sum + Math.abs(score - expected[row]), 0) / rows.rows).toBeLessThan(1e-3)
})

test('balanced classes weigh the same together: the prior is even', () => {
  const rows = trainingRows({ rows: 500 })
  expect(trainTrees(rows, { rounds: 1, classWeights: 'balanced' }).model.baseScore).toBeCloseTo(0, 12)
  expect(trainTrees(rows, { rounds: 1 }).model.baseScore).not.toBeCloseTo(0, 2)
})

test('stops early and keeps the trees of the best round, by either figure', () => {
  const train = trainingRows({ rows: 600 })
  const validation = trainingRows({ rows: 600, seed: 8 })
  for (const metric of ['log_loss', 'roc_auc'] as const) {
    const options = { rounds: 300, learningRate: 0.3, leafRowsMin: 5, earlyStopping: { metric, patienceRounds: 5 } }
    const { model, rounds, history } = trainTrees(train, options, { validation })
    const figures = history.map(({ validation: figure }) => figure as number)
    const best = metric === 'log_loss' ? Math.min(...figures) : Math.max(...figures)
    expect(rounds).toBe(figures.indexOf(best) + 1)
    expect(history).toHaveLength(rounds + 5)
    expect(model.trees).toHaveLength(rounds)
  }
  expect(trainTrees(train, { rounds: 30, earlyStopping: false }, { validation }).rounds).toBe(30)
})

test('is cancelled between rounds', () => {
  const signal = { aborted: false }
  const seen: number[] = []
  const onProgress = ({ round }: { round: number }): void => {
    seen.push(round)
    signal.aborted = round === 3
  }
  expect(() => trainTrees(trainingRows({ rows: 500 }), { rounds: 50 }, { signal, onProgress })).toThrow(code('model/training-cancelled'))
  expect(seen).toEqual([1, 2, 3])
})

test('what cannot be learned from is refused with the counts', () => {
  const rows = trainingRows({ rows: 100 })
  const train = (change: Partial<TrainingMatrix>): unknown => trainTrees({ ...rows, ...change })
  const single = new Uint8Array(100)
  single[4] = 1
  const infinite = rows.columns.map((column) => column.slice())
  infinite[2][17] = Number.NEGATIVE_INFINITY
  expect(() => train({ labels: new Uint8Array(100) })).toThrow(
    expect.objectContaining({
      code: 'model/one-class',
      facts: expect.objectContaining({ found: { negatives: 100, positives: 0, rows: 100 } }),
    }),
  )
  expect(() => train({ labels: single })).toThrow(code('model/class-of-one'))
  expect(() => train({ columns: infinite })).toThrow('Feature `num3` is infinite in row 17')
  expect(() => train({ features: [], columns: [] })).toThrow(code('model/no-features'))
  expect(() => trainTrees({ features: ['num1'], columns: [new Float32Array(0)], labels: new Uint8Array(0), rows: 0 })).toThrow(
    code('model/no-rows'),
  )
  expect(() => train({ labels: new Uint8Array(99) })).toThrow(code('model/matrix-shape'))
  expect(() => train({ weights: new Float64Array(100).fill(-1) })).toThrow(code('model/bad-weight'))
  expect(() => trainTrees(rows, { learningRate: 0 })).toThrow(
    'Option `learningRate` of the trainer is 0; it must be above 0 and at most 1.',
  )
})

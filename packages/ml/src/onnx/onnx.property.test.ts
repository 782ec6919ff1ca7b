import { expect, test } from 'vitest'
import { propertySeed } from '../../test/property-seed.ts'
import { numbersOf, probabilityOf, randomMatrix, randomModel } from '../../test/random-model.ts'
import { openScorer } from '../score/open-scorer.ts'
import { predictTrees } from '../tree/predict-trees.ts'
import { exportOnnx } from './export-onnx.ts'
import { readTrees } from './read-trees.ts'

const MODELS = 20
const ROWS = 200

test('ONNX Runtime gives what the own predictor and the definition of the trees say, with missing values and on exact thresholds', async () => {
  const random = numbersOf(propertySeed('onnx agrees'))
  for (let one = 0; one < MODELS; one++) {
    const model = randomModel({ trees: 1 + Math.floor(random() * 200), leaves: 31, features: 1 + Math.floor(random() * 25) }, random)
    const width = model.features.length
    const matrix = randomMatrix(ROWS, width, random)
    const scorer = await openScorer(exportOnnx(model, { name: 'random' }), { features: model.features })
    const scores = await scorer.score(matrix, ROWS)
    await scorer.close()
    const own = predictTrees(model, { rowMajor: matrix, rows: ROWS })
    let difference = 0
    for (let row = 0; row < ROWS; row++) {
      const expected = probabilityOf(model, matrix.subarray(row * width, (row + 1) * width))
      difference = Math.max(difference, Math.abs(scores[row] - own[row]), Math.abs(scores[row] - expected))
    }
    expect(difference).toBeLessThan(1e-5)
  }
})

test('a model read back from its file is the model', () => {
  const random = numbersOf(propertySeed('read back'))
  for (let one = 0; one < MODELS; one++) {
    const model = randomModel({ trees: 1 + Math.floor(random() * 30), leaves: 12, features: 1 + Math.floor(random() * 9) }, random)
    expect(readTrees(exportOnnx(model, { name: 'random', version: one }))).toEqual(model)
  }
})

test('a row has the same score to the last bit alone and in any batch', async () => {
  const random = numbersOf(propertySeed('batch independence'))
  const model = randomModel({ trees: 300, leaves: 31, features: 20 }, random)
  const rows = 1200
  const matrix = randomMatrix(rows, 20, random)
  const scorer = await openScorer(exportOnnx(model, { name: 'random' }), { features: model.features })
  const all = await scorer.score(matrix, rows)
  for (const size of [1, 2, 7, 49, 50, 51, 127, 128, 129, 600]) {
    for (let from = 0; from + size <= Math.min(rows, size * 20); from += size)
      expect(await scorer.score(matrix.subarray(from * 20, (from + size) * 20), size)).toEqual(all.subarray(from, from + size))
  }
  await scorer.close()
})

test('bytes that are no tree model of ours give no trees', () => {
  const random = numbersOf(propertySeed('no trees'))
  const bytes = exportOnnx(randomModel({ trees: 3, leaves: 4, features: 2 }, random), { name: 'random' })
  expect(readTrees(new Uint8Array(0))).toBeUndefined()
  expect(readTrees(Buffer.from('not a model'))).toBeUndefined()
  for (let cut = 1; cut < bytes.length; cut += 97) expect(readTrees(bytes.subarray(0, cut))).toBeUndefined()
})

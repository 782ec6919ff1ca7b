import { expect, test } from 'vitest'
import { numbersOf, probabilityOf, randomMatrix, randomModel } from '../../test/random-model.ts'
import { predictTrees } from './predict-trees.ts'

const ROWS = 300

test('rows and columns give the probabilities that the trees define', () => {
  const random = numbersOf(3)
  const model = randomModel({ trees: 20, leaves: 15, features: 6 }, random)
  const rowMajor = randomMatrix(ROWS, 6, random)
  const columns = model.features.map((_, at) => rowMajor.filter((_, place) => place % 6 === at))
  const byRows = predictTrees(model, { rowMajor, rows: ROWS })
  expect(predictTrees(model, { columns, rows: ROWS })).toEqual(byRows)
  const defined = Float64Array.from({ length: ROWS }, (_, row) => probabilityOf(model, rowMajor.subarray(row * 6, (row + 1) * 6)))
  byRows.forEach((probability, row) => {
    expect(probability).toBeCloseTo(defined[row], 12)
  })
})

test('values of another shape than the model are refused', () => {
  const model = randomModel({ trees: 1, leaves: 3, features: 2 }, numbersOf(1))
  const refusal = expect.objectContaining({ code: 'model/input-shape' })
  expect(() => predictTrees(model, { columns: [new Float32Array(3)], rows: 3 })).toThrow(refusal)
  expect(() => predictTrees(model, { rowMajor: new Float32Array(5), rows: 3 })).toThrow(refusal)
})

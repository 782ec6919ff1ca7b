import { type Batch, type BooleanColumn, columnOf } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { graphBytes } from '../../test/graph-bytes.ts'
import type { OpenDeployment } from './deployment.ts'
import { openScorer } from './open-scorer.ts'
import { ServedModel } from './served-model.ts'

const FIELDS = [
  { name: 'txt1', type: 'string', nullable: false },
  { name: 'num1', type: 'double', nullable: false },
  { name: 'big1', type: 'int64', nullable: false },
]
const FEATURES = ['num1', 'big1']
const TWO_FEATURES = { inputs: { features: ['N', 2] }, outputs: { score: ['N', 2] } }
/** The second of two features is the score. */
const SECOND = graphBytes([{ op: 'Identity', from: ['features'], to: 'score' }], TWO_FEATURES)
const FAILS_LATER = graphBytes(
  [
    { op: 'Constant', from: [], to: 'shape', ints: [2, 2] },
    { op: 'Reshape', from: ['features', 'shape'], to: 'score' },
  ],
  TWO_FEATURES,
)

async function deployment(bytes: Uint8Array, features: readonly string[] = FEATURES): Promise<OpenDeployment> {
  return { version: 2, sha256: 'abc', threshold: 0.5, features, scorer: await openScorer(bytes, { features }) }
}

/** True for more than 10 under `big1`. */
function overTen(batch: Batch): BooleanColumn {
  const column = columnOf(batch, 'big1') as Extract<ReturnType<typeof columnOf>, { kind: 'int64' }>
  return {
    kind: 'boolean',
    values: Uint8Array.from({ length: batch.rows }, (_, row) => (column.values[row] > 10 ? 1 : 0)),
    nulls: column.nulls,
  }
}

test('rows are scored and decided by the threshold, those without a score by the fallback rule', async () => {
  const deployed = await deployment(SECOND)
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => deployed, fallback: overTen })
  const answer = await model.score(Float32Array.of(9, 0.25, 9, 0.5, 9, Number.NaN), 3)
  expect(answer).toEqual({
    version: 2,
    threshold: 0.5,
    scores: Float64Array.of(0.25, 0.5, Number.NaN),
    decisions: Uint8Array.of(0, 1, 0),
    fallback: Uint8Array.of(0, 0, 1),
  })
  expect(model.counters).toMatchObject({ rowsByModel: 2, rowsByFallback: 1, nonFinite: 1, decidedTrue: 1, failures: 0 })
  await deployed.scorer.close()
})

test('without a deployment the fallback rule decides by the features', async () => {
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => undefined, fallback: overTen })
  const answer = await model.score(Float32Array.of(1, 11, 1, 10, 1, Number.NaN), 3)
  expect([answer.version, [...answer.decisions], [...answer.fallback]]).toEqual([null, [1, 0, 0], [1, 1, 1]])
  expect(model.counters).toMatchObject({ rowsByFallback: 3, nonFinite: 0, failures: 0 })
})

test('when the model fails the fallback rule decides and the failure is counted', async () => {
  const failures: unknown[] = []
  const deployed = await deployment(FAILS_LATER)
  const onFailure = (error: unknown): number => failures.push(error)
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => deployed, fallback: overTen, onFailure })
  expect([...(await model.score(Float32Array.of(1, 11), 1)).decisions]).toEqual([1])
  expect([model.counters.failures, failures.length]).toEqual([1, 1])
  expect((await model.score(Float32Array.of(1, 11, 1, 0), 2)).version).toBe(2)
  await deployed.scorer.close()
})

test('a version trained on the features in another order gets them in its order', async () => {
  const deployed = await deployment(SECOND, ['big1', 'num1'])
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => deployed, fallback: overTen })
  expect([...(await model.score(Float32Array.of(0.75, 3), 1)).scores]).toEqual([0.75])
  await deployed.scorer.close()
})

test('a version trained on a feature that is declared no more leaves the decision to the fallback rule', async () => {
  const deployed = await deployment(SECOND, ['num1', 'gone'])
  const failures: unknown[] = []
  const onFailure = (error: unknown): number => failures.push(error)
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => deployed, fallback: overTen, onFailure })
  expect((await model.score(Float32Array.of(0.75, 30), 1)).decisions[0]).toBe(1)
  expect(String(failures[0])).toContain('`gone`')
  await deployed.scorer.close()
})

test('a value beyond float32 counts as missing', async () => {
  const deployed = await deployment(SECOND)
  const model = new ServedModel({ features: FEATURES, fields: FIELDS, deployed: () => deployed, fallback: overTen })
  const answer = await model.score(Float32Array.of(1, 1e300), 1)
  expect([answer.scores[0], answer.fallback[0]]).toEqual([Number.NaN, 1])
  await deployed.scorer.close()
})

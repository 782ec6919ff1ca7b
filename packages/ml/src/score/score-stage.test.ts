import { type Batch, type BooleanColumn, batchFromRows, columnOf, decodeBatch, encodeBatch, rowsOf } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { graphBytes } from '../../test/graph-bytes.ts'
import type { OpenDeployment } from './deployment.ts'
import { openScorer } from './open-scorer.ts'
import { ScoreStage } from './score-stage.ts'

const FIELDS = [
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'txt1', type: 'string', nullable: false },
  { name: 'num1', type: 'double', nullable: true },
  { name: '_event_time', type: 'timestamp', nullable: false },
]
const ONE_FEATURE = { inputs: { features: ['N', 1] }, outputs: { score: ['N', 1] } }
const IDENTITY = graphBytes([{ op: 'Identity', from: ['features'], to: 'score' }], ONE_FEATURE)
const FAILS_LATER = graphBytes(
  [
    { op: 'Constant', from: [], to: 'shape', ints: [2, 1] },
    { op: 'Reshape', from: ['features', 'shape'], to: 'score' },
  ],
  ONE_FEATURE,
)

async function deployment(bytes: Uint8Array, version = 3): Promise<OpenDeployment> {
  const features = ['num1']
  return { version, sha256: 'abc', threshold: 0.5, features, scorer: await openScorer(bytes, { features }) }
}

function rowsBatch(numbers: readonly (number | null)[]): Batch {
  return batchFromRows(
    FIELDS,
    numbers.map((number, i) => [60_000, `key ${i}`, number, 59_999]),
  )
}

/** True for numbers above 10, null for null. */
function overTen(batch: Batch): BooleanColumn {
  const column = columnOf(batch, 'num1') as Extract<ReturnType<typeof columnOf>, { kind: 'double' }>
  return { kind: 'boolean', values: Uint8Array.from(column.values, (value) => (value > 10 ? 1 : 0)), nulls: column.nulls }
}

test('a scored batch has the columns of the view, then the score columns, then the system columns', async () => {
  const deployed = await deployment(IDENTITY)
  const stage = new ScoreStage({ deployed: () => deployed, fallback: overTen })
  const scored = await stage.score(rowsBatch([0.25, 0.5, null]))
  expect(scored.fields.map((field) => field.name)).toEqual([
    ...['window_end', 'txt1', 'num1'],
    ...['score', 'threshold', 'decision', 'decided_by', 'model_version', '_event_time'],
  ])
  expect(rowsOf(scored)).toEqual([
    [60_000, 'key 0', 0.25, 0.25, 0.5, false, 'model', 3, 59_999],
    [60_000, 'key 1', 0.5, 0.5, 0.5, true, 'model', 3, 59_999],
    [60_000, 'key 2', null, null, null, false, 'fallback', null, 59_999],
  ])
  expect(rowsOf(decodeBatch(encodeBatch(scored, { watermarkAfter: 0, ingestedAt: 0 })).batch)).toEqual(rowsOf(scored))
  expect(stage.counters).toMatchObject({ rowsByModel: 2, rowsByFallback: 1, decidedTrue: 1, failures: 0 })
  await deployed.scorer.close()
})

test('while nothing is deployed the fallback rule decides, and its null is false', async () => {
  const stage = new ScoreStage({ deployed: () => undefined, fallback: overTen })
  const scored = await stage.score(rowsBatch([11, 9, null]))
  expect(rowsOf(scored).map((row) => row.slice(3, 8))).toEqual([
    [null, null, true, 'fallback', null],
    [null, null, false, 'fallback', null],
    [null, null, false, 'fallback', null],
  ])
  expect(stage.counters).toMatchObject({ rowsByModel: 0, rowsByFallback: 3, decidedTrue: 1, failures: 0, scoringMs: 0 })
})

test('when the model fails the fallback rule decides about the batch, and the next batch goes to the model again', async () => {
  const failures: unknown[] = []
  const deployed = await deployment(FAILS_LATER)
  const stage = new ScoreStage({ deployed: () => deployed, fallback: overTen, onFailure: (error) => failures.push(error) })
  expect(rowsOf(await stage.score(rowsBatch([11, 1, 1]))).map((row) => row.slice(5, 7))).toEqual([
    [true, 'fallback'],
    [false, 'fallback'],
    [false, 'fallback'],
  ])
  expect(rowsOf(await stage.score(rowsBatch([11, 0]))).map((row) => row.slice(5, 8))).toEqual([
    [true, 'model', 3],
    [false, 'model', 3],
  ])
  expect(stage.counters).toMatchObject({ rowsByModel: 2, rowsByFallback: 3, failures: 1 })
  expect(failures).toHaveLength(1)
  await deployed.scorer.close()
})

test('a batch larger than one run of the model is scored whole, in order', async () => {
  const deployed = await deployment(IDENTITY)
  const stage = new ScoreStage({ deployed: () => deployed, fallback: overTen })
  const values = Float64Array.from({ length: 300_000 }, (_, i) => i)
  const scored = await stage.score({ rows: values.length, fields: [FIELDS[2]], columns: [{ kind: 'double', values, nulls: null }] })
  const scores = columnOf(scored, 'score') as Extract<ReturnType<typeof columnOf>, { kind: 'double' }>
  expect(scores.values.every((score, i) => score === i)).toBe(true)
  await deployed.scorer.close()
})

test('an empty batch gives an empty batch', async () => {
  const deployed = await deployment(IDENTITY)
  const scored = await new ScoreStage({ deployed: () => deployed, fallback: overTen }).score(rowsBatch([]))
  expect([scored.rows, scored.columns.length]).toEqual([0, FIELDS.length + 5])
  await deployed.scorer.close()
})

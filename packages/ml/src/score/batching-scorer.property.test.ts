import type { MillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { graphBytes } from '../../test/graph-bytes.ts'
import { propertySeed } from '../../test/property-seed.ts'
import { numbersOf, randomMatrix, randomModel } from '../../test/random-model.ts'
import { exportOnnx } from '../onnx/export-onnx.ts'
import { BatchingScorer, type RowFiller } from './batching-scorer.ts'
import type { OpenDeployment } from './deployment.ts'
import { openScorer } from './open-scorer.ts'

const FEATURES = 4

async function deployed(bytes: Uint8Array, features: readonly string[]): Promise<OpenDeployment> {
  return { version: 1, sha256: 'abc', threshold: 0.5, features, scorer: await openScorer(bytes, { features }) }
}

const filling =
  (matrix: Float32Array): RowFiller =>
  (into, at) =>
    into.set(matrix, at)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('each request gets exactly the scores of its own rows, whatever others are gathered with it', async () => {
  const random = numbersOf(propertySeed('own rows'))
  const model = randomModel({ trees: 20, leaves: 8, features: FEATURES }, random)
  const deployment = await deployed(exportOnnx(model, { name: 'gathered' }), model.features)
  const { scorer } = deployment
  let runs = 0
  const counting: OpenDeployment = {
    ...deployment,
    scorer: {
      ...scorer,
      features: scorer.features,
      score: (matrix, rows) => {
        runs++
        return scorer.score(matrix, rows)
      },
    },
  }
  const batching = new BatchingScorer({ deployed: () => counting, runRowsMax: 16 })
  const requests = Array.from({ length: 600 }, () => {
    const rows = random() < 0.8 ? 1 : Math.floor(random() * 40)
    return { rows, matrix: randomMatrix(rows, FEATURES, random), bad: random() < 0.05 }
  })
  const answers = requests.map(async ({ rows, matrix, bad }) => {
    for (let wait = Math.floor(random() * 12); wait > 0; wait--) await turn()
    const fill: RowFiller = bad
      ? () => {
          throw new RangeError('bad row')
        }
      : filling(matrix)
    return batching.score(rows, fill).then(
      (answer) => answer?.scores,
      (error: unknown) => error,
    )
  })
  for (const [at, answer] of (await Promise.all(answers)).entries()) {
    const { rows, matrix, bad } = requests[at]
    if (bad) expect(answer).toBeInstanceOf(RangeError)
    else expect(answer).toEqual(await scorer.score(matrix, rows))
  }
  expect(runs).toBeLessThan(requests.length / 2)
  expect(batching.waitingRows).toBe(0)
  await scorer.close()
})

test('too many waiting rows are refused at once, and those before them are answered', async () => {
  const model = randomModel({ trees: 2, leaves: 4, features: FEATURES }, numbersOf(1))
  const deployment = await deployed(exportOnnx(model, { name: 'full' }), model.features)
  const batching = new BatchingScorer({ deployed: () => deployment, queueRowsMax: 10 })
  const matrix = new Float32Array(4 * FEATURES)
  const waiting = [batching.score(4, filling(matrix)), batching.score(4, filling(matrix))]
  const refused = await batching.score(4, filling(matrix)).catch((error: MillraceError) => error.code)
  expect(refused).toBe('model/overloaded')
  for (const answer of await Promise.all(waiting)) expect(answer?.scores).toHaveLength(4)
  expect((await batching.score(4, filling(matrix)))?.deployment).toEqual({
    version: 1,
    sha256: 'abc',
    threshold: 0.5,
    features: model.features,
  })
  await deployment.scorer.close()
})

test('without a deployment every request is told so', async () => {
  const batching = new BatchingScorer({ deployed: () => undefined })
  expect(await Promise.all([batching.score(1, () => {}), batching.score(2, () => {})])).toEqual([undefined, undefined])
})

test('when the model fails all its requests learn it, and the next ones are scored', async () => {
  const bytes = graphBytes(
    [
      { op: 'Constant', from: [], to: 'shape', ints: [2, 1] },
      { op: 'Reshape', from: ['features', 'shape'], to: 'score' },
    ],
    { inputs: { features: ['N', 1] }, outputs: { score: ['N', 1] } },
  )
  const deployment = await deployed(bytes, ['num1'])
  const batching = new BatchingScorer({ deployed: () => deployment })
  const one = filling(Float32Array.of(7))
  const failed = await Promise.allSettled([batching.score(1, one), batching.score(1, one), batching.score(1, one)])
  expect(failed.map((answer) => (answer.status === 'rejected' ? (answer.reason as MillraceError).code : ''))).toEqual(
    new Array(3).fill('model/scoring-failed'),
  )
  const scored = await Promise.all([batching.score(1, one), batching.score(1, one)])
  expect(scored.map((answer) => [...(answer?.scores ?? [])])).toEqual([[7], [7]])
  await deployment.scorer.close()
})

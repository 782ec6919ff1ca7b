import { expect, test } from 'vitest'
import { trainingRows } from '../../test/training-rows.ts'
import { trainInWorker } from './train-in-worker.ts'
import { type TrainProgress, trainTrees } from './train-trees.ts'

test('gives the model that training here gives, tells each round, and leaves this thread free', async () => {
  const rows = trainingRows({ rows: 20_000 })
  const progress: TrainProgress[] = []
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const result = await trainInWorker(rows, { rounds: 10, threads: 2 }, { onProgress: (one) => progress.push(one) })
  clearInterval(timer)
  expect(result).toEqual(trainTrees(rows, { rounds: 10 }))
  expect(progress).toEqual(result.history)
  expect(ticks).toBeGreaterThan(5)
})

test('is cancelled by its signal', async () => {
  const controller = new AbortController()
  const training = trainInWorker(
    trainingRows({ rows: 20_000 }),
    { rounds: 10_000, leavesMax: 255 },
    { signal: controller.signal, onProgress: () => controller.abort() },
  )
  await expect(training).rejects.toMatchObject({ code: 'model/training-cancelled' })
  await expect(trainInWorker(trainingRows({ rows: 100 }), {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'model/training-cancelled',
  })
})

test('a refusal arrives with its facts', async () => {
  const rows = trainingRows({ rows: 50 })
  await expect(trainInWorker({ ...rows, labels: new Uint8Array(50).fill(1) })).rejects.toMatchObject({
    family: 'user',
    code: 'model/one-class',
    facts: { found: { negatives: 0, positives: 50, rows: 50 } },
  })
})

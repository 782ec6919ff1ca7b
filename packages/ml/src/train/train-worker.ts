import { parentPort, workerData } from 'node:worker_threads'
import { trainFailure } from './train-failure.ts'
import type { TrainMessage, TrainWorkerData } from './train-in-worker.ts'
import { trainTrees } from './train-trees.ts'

const { train, validation, options, cancelled } = workerData as TrainWorkerData
const post = (message: TrainMessage): void => parentPort?.postMessage(message)
const signal = {
  get aborted(): boolean {
    return Atomics.load(cancelled, 0) === 1
  },
}

try {
  post({
    kind: 'trained',
    result: trainTrees(train, options, { validation, signal, onProgress: (progress) => post({ kind: 'progress', progress }) }),
  })
} catch (error) {
  post(trainFailure(error))
}

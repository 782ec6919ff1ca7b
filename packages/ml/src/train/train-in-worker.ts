import { Worker } from 'node:worker_threads'
import { operatingError, userError } from '@millrace/core'
import { onSharedMemory } from './area.ts'
import { errorOf, type TrainFailure } from './train-failure.ts'
import { resolveTrainOptions, type TrainOptions } from './train-options.ts'
import type { TrainedTrees, TrainProgress } from './train-trees.ts'
import type { TrainingMatrix } from './training-matrix.ts'

/** Most of the training thread's JavaScript heap: the arrays lie outside of it. */
const HEAP_MIB_MAX = 512

export interface TrainWorkerData {
  readonly train: TrainingMatrix
  readonly validation: TrainingMatrix | undefined
  readonly options: TrainOptions
  /** 1 once the training is cancelled. */
  readonly cancelled: Int32Array
}

export type TrainMessage =
  | { readonly kind: 'progress'; readonly progress: TrainProgress }
  | { readonly kind: 'trained'; readonly result: TrainedTrees }
  | TrainFailure

export interface TrainInWorkerSurroundings {
  readonly validation?: TrainingMatrix
  readonly onProgress?: (progress: TrainProgress) => void
  /** Cancels before the next round; the promise then fails with `model/training-cancelled`. */
  readonly signal?: AbortSignal
}

/**
 * `trainTrees` in a thread of its own: this one stays free. Arrays on a `SharedArrayBuffer` are handed over as they are, others are
 * copied once; none may change until the promise is settled.
 *
 * @throws what `trainTrees` throws, and `model/training-stopped` where the thread ends early
 */
export async function trainInWorker(
  train: TrainingMatrix,
  options: TrainOptions = {},
  surroundings: TrainInWorkerSurroundings = {},
): Promise<TrainedTrees> {
  const { validation, onProgress, signal } = surroundings
  resolveTrainOptions(options)
  if (signal?.aborted === true) throw cancelledBefore()
  const cancelled = new Int32Array(new SharedArrayBuffer(4))
  const cancel = (): void => void Atomics.store(cancelled, 0, 1)
  const workerData: TrainWorkerData = {
    train: shareMatrix(train),
    validation: validation === undefined ? undefined : shareMatrix(validation),
    options,
    cancelled,
  }
  const worker = startWorker(workerData)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await resultOf(worker, onProgress)
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

function startWorker(workerData: TrainWorkerData): Worker {
  return new Worker(new URL('./train-worker.ts', import.meta.url), {
    workerData,
    name: 'train',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    execArgv: process.execArgv.filter((arg) => !arg.startsWith('--cpu-prof')),
  })
}

function resultOf(worker: Worker, onProgress: ((progress: TrainProgress) => void) | undefined): Promise<TrainedTrees> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: TrainMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'trained') resolve(message.result)
      else reject(errorOf(message))
    })
    worker.on('error', (cause) => reject(stopped(cause)))
    worker.on('exit', (code) => reject(stopped(code)))
  })
}

function stopped(cause: unknown): Error {
  const found = cause instanceof Error ? cause.message : `status ${cause}`
  return operatingError('model/training-stopped', `The training thread ended before it was done: ${found}.`, {
    found,
    do: 'Train again; on a machine with more memory, or on fewer rows, where it ran out of it.',
    cause,
  })
}

function cancelledBefore(): Error {
  return userError('model/training-cancelled', 'Training was cancelled before its first round.', { found: 0, do: 'Start it again.' })
}

function shareMatrix(matrix: TrainingMatrix): TrainingMatrix {
  const { columns, labels, weights } = matrix
  return {
    ...matrix,
    columns: columns.map(onSharedMemory),
    labels: onSharedMemory(labels),
    weights: weights === undefined ? undefined : onSharedMemory(weights),
  }
}

import type { GateDeclaration, TreesTrainer } from '@millrace/core'
import { exportOnnx } from '../onnx/export-onnx.ts'
import type { TrainingSet } from '../set/training-set.ts'
import { trainInWorker } from '../train/train-in-worker.ts'
import type { TrainOptions } from '../train/train-options.ts'
import type { TrainProgress } from '../train/train-trees.ts'
import { type DeployedModel, type Judgement, judgeVersion } from './judge-version.ts'
import { withFeatures } from './score-matrix.ts'

export interface TrainVersionRequest {
  readonly model: string
  readonly features: readonly string[]
  readonly trainer: TreesTrainer
  readonly set: TrainingSet
  readonly gates: readonly GateDeclaration[]
  readonly falseRate: number
  readonly deployed: DeployedModel | undefined
  readonly seed: number
  readonly threads: number
  readonly onProgress?: (progress: TrainProgress) => void
  readonly signal?: AbortSignal
}

/** A trained and judged version that is not registered yet. */
export interface TrainedVersion extends Judgement {
  /** The bytes of its ONNX file. */
  readonly artifact: Uint8Array
  /** Trees that were kept. */
  readonly rounds: number
}

/** Trains on the train range, stops by the validation range, and judges the exported file on the test range. */
export async function trainVersion(request: TrainVersionRequest): Promise<TrainedVersion> {
  const { set, features, model, seed } = request
  const train = withFeatures(set.train, features)
  const tuning = withFeatures(set.validate, features)
  const validation = hasBothClasses(tuning.labels) ? tuning : undefined
  const { model: trees, rounds } = await trainInWorker(train, trainOptions(request), {
    validation,
    onProgress: request.onProgress,
    signal: request.signal,
  })
  const artifact = exportOnnx(trees, { name: model })
  const judgement = await judgeVersion({
    artifact,
    features,
    set,
    gates: request.gates,
    threshold: { falseRate: request.falseRate },
    deployed: request.deployed,
    seed,
  })
  return { ...judgement, artifact, rounds }
}

/** Without rows of both classes there is no loss to watch: then all rounds are grown. */
function hasBothClasses(labels: Uint8Array): boolean {
  return labels.includes(0) && labels.includes(1)
}

function trainOptions({ trainer, seed, threads }: TrainVersionRequest): TrainOptions {
  return {
    rounds: trainer.rounds,
    learningRate: trainer.learningRate,
    leavesMax: trainer.leaves,
    leafRowsMin: trainer.leafRowsMin,
    l2: trainer.l2,
    seed,
    threads,
    earlyStopping: trainer.patience === 0 ? false : { patienceRounds: trainer.patience },
    ...(trainer.classWeights === 'balanced' ? { classWeights: 'balanced' as const } : {}),
  }
}

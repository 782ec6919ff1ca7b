import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { compileAsset, type ModelAsset } from '@millrace/core'
import { buildTrainingSet, trainVersion } from '@millrace/ml'
import { addModelVersion, type JsonValue, type ModelVersion, saveArtifact } from '@millrace/store'
import type { ReadContext } from '../scope/open-scope.ts'
import { deployedModel } from './deployed-model.ts'
import { keepSet } from './keep-set.ts'
import { labelPath } from './label-path.ts'
import { readModelLabels } from './label-source.ts'
import { setRequest } from './set-request.ts'

export interface TrainModelOptions {
  readonly env: string
  readonly state: string
  readonly labels: string | undefined
  readonly mode: 'as_served' | 'exact'
  readonly seed: number | undefined
  readonly signal: AbortSignal
  readonly onPhase: (text: string) => void
}

const THREADS_MAX = 8
/** Trees between two lines of progress. */
const ROUNDS_PER_NOTE = 25

/** Trains a model on a scope's rows, judges it and registers the version with its evidence. */
export async function trainModel(context: ReadContext, model: ModelAsset, options: TrainModelOptions): Promise<ModelVersion> {
  const { store, loaded } = context
  const place = { env: options.env, project: loaded.project.name, model: model.name }
  const path = labelPath(model, { given: options.labels, directory: loaded.directory })
  const labels = await readModelLabels(model, path)
  const deployed = await deployedModel(store, options.state, place)
  const alsoFeatures = (deployed?.features ?? []).filter((name) => name in model.row && !model.entity.includes(name))
  options.onPhase(`${model.name}: reading \`${model.input.name}\``)
  const set = await buildTrainingSet(setRequest(context, model, { labels, mode: options.mode, alsoFeatures }))
  const { train, validate, test } = set.record
  options.onPhase(
    `${model.name}: learning from ${train.rows} rows, ${train.positives} positive; ${validate.rows} rows tune it, ${test.rows} judge it`,
  )
  const seed = options.seed ?? model.trainer.seed
  const trained = await trainVersion({
    model: model.name,
    features: model.features,
    trainer: model.trainer,
    set,
    gates: model.gates,
    falseRate: model.threshold.falseRate,
    deployed,
    seed,
    threads: Math.min(THREADS_MAX, availableParallelism()),
    onProgress: ({ round, roundsMax, validation }) => {
      if (round % ROUNDS_PER_NOTE === 0) options.onPhase(`${model.name}: tree ${round} of at most ${roundsMax}${lossText(validation)}`)
    },
    signal: options.signal,
  })
  await saveArtifact(options.state, await readFile(path))
  const version = await addModelVersion(store.db, {
    project: place.project,
    model: model.name,
    source: 'trained',
    artifactSha256: await saveArtifact(options.state, trained.artifact),
    features: model.features,
    threshold: trained.threshold,
    planHash: viewHash(model),
    profile: trained.profile as unknown as JsonValue,
    figures: trained.figures as unknown as JsonValue,
    gates: trained.gates,
    trainingSet: {
      ...set.record,
      scope: context.scope.id,
      env: options.env,
      seed,
      rounds: trained.rounds,
      trainer: model.trainer,
    } as unknown as JsonValue,
  })
  await keepSet(context, version)
  return version
}

/** Hash of the plan whose rows the model reads. */
export function viewHash(model: ModelAsset): string | null {
  return compileAsset(model.input).plan.hash ?? null
}

function lossText(validation: number | undefined): string {
  return validation === undefined ? '' : `, validation loss ${validation.toPrecision(4)}`
}

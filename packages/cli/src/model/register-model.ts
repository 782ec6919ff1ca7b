import { readFile } from 'node:fs/promises'
import { type ModelAsset, userError } from '@millrace/core'
import { buildTrainingSet, checkGates, judgeVersion, openScorer } from '@millrace/ml'
import { addModelVersion, type JsonValue, type ModelVersion, type NewModelVersion, type Store, saveArtifact } from '@millrace/store'
import type { ReadContext } from '../scope/open-scope.ts'
import { deployedModel } from './deployed-model.ts'
import { readModelLabels } from './label-source.ts'
import { setRequest } from './set-request.ts'
import { viewHash } from './train-model.ts'

export interface RegisterOptions {
  readonly env: string
  readonly state: string
  readonly project: string
  readonly file: string
  readonly threshold: number | undefined
}

/** Decides where neither a threshold nor labels to choose one by are given. */
const THRESHOLD_DEFAULT = 0.5

/** Registers a model file that was made elsewhere. Without labels its gates have nothing to look at, and fail. */
export async function registerModel(store: Store, model: ModelAsset, options: RegisterOptions): Promise<ModelVersion> {
  const artifact = await readModelFile(options.file)
  await checkFile(artifact, model)
  const place = { env: options.env, project: options.project, model: model.name }
  const deployed = await deployedModel(store, options.state, place)
  const gates = checkGates(model.gates, {
    test: undefined,
    deployed: deployed === undefined ? undefined : { version: deployed.version, scores: 'it was not scored' },
    profile: undefined,
    columns: new Map(),
    seed: model.trainer.seed,
  })
  return await add(
    store,
    { model, options, artifact },
    { threshold: options.threshold ?? THRESHOLD_DEFAULT, profile: {}, figures: null, gates },
  )
}

/** Registers a model file and judges it on the labelled rows of a scope, as a trained one is. */
export async function registerJudged(
  context: ReadContext,
  model: ModelAsset,
  options: RegisterOptions & { readonly labels: string },
): Promise<ModelVersion> {
  const artifact = await readModelFile(options.file)
  await checkFile(artifact, model)
  const labels = await readModelLabels(model, options.labels)
  const deployed = await deployedModel(context.store, options.state, { env: options.env, project: options.project, model: model.name })
  const alsoFeatures = (deployed?.features ?? []).filter((name) => name in model.row && !model.entity.includes(name))
  const set = await buildTrainingSet(setRequest(context, model, { labels, mode: 'as_served', alsoFeatures }))
  const judged = await judgeVersion({
    artifact,
    features: model.features,
    set,
    gates: model.gates,
    threshold: options.threshold === undefined ? { falseRate: model.threshold.falseRate } : { value: options.threshold },
    deployed,
    seed: model.trainer.seed,
  })
  return await add(
    context.store,
    { model, options, artifact },
    {
      threshold: judged.threshold,
      profile: judged.profile as unknown as JsonValue,
      figures: judged.figures as unknown as JsonValue,
      gates: judged.gates,
    },
  )
}

interface Registered {
  readonly model: ModelAsset
  readonly options: RegisterOptions
  readonly artifact: Uint8Array
}

async function add(
  store: Store,
  { model, options, artifact }: Registered,
  judged: Pick<NewModelVersion, 'threshold' | 'profile' | 'figures' | 'gates'>,
): Promise<ModelVersion> {
  return await addModelVersion(store.db, {
    project: options.project,
    model: model.name,
    source: 'registered',
    artifactSha256: await saveArtifact(options.state, artifact),
    features: model.features,
    planHash: viewHash(model),
    trainingSet: null,
    ...judged,
  })
}

/** Opens the file once as serving would: whatever is wrong with it is said here. */
async function checkFile(artifact: Uint8Array, model: ModelAsset): Promise<void> {
  const scorer = await openScorer(artifact, { features: model.features })
  await scorer.close()
}

async function readModelFile(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw userError('model/file', `The model file ${path} cannot be read: ${reason}`, {
      asked: path,
      found: reason,
      do: 'Name an ONNX file.',
      cause,
    })
  })
}

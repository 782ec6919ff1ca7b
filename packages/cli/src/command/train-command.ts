import { MillraceError } from '@millrace/core'
import type { Deployment, ModelVersion } from '@millrace/store'
import { chooseModels } from '../model/choose-models.ts'
import { deployModel } from '../model/deploy-model.ts'
import { deploymentDocument, versionDocument, versionText } from '../model/model-document.ts'
import { trainModel } from '../model/train-model.ts'
import { note, printJson, printText } from '../output/print.ts'
import { type ReadContext, type ReadOptions, withReadContext } from '../scope/open-scope.ts'
import { stateDir } from './common-options.ts'
import { checkMode } from './explain-command.ts'
import { Interruption } from './interruption.ts'

interface TrainOptions extends ReadOptions {
  readonly model?: readonly string[]
  readonly labels?: string
  readonly seed?: number
  readonly deploy?: boolean
  readonly mode: string
}

interface TrainedModel {
  readonly version: ModelVersion
  readonly seconds: number
  readonly deployment: Deployment | undefined
}

/** Trains the project's models on a scope's rows, judges them and registers a version of each; deploys them when asked. */
export async function trainCommand(options: TrainOptions): Promise<void> {
  const started = performance.now()
  const interruption = new Interruption()
  const abort = new AbortController()
  interruption.asked.catch(() => abort.abort())
  try {
    const { trained, failed } = await withReadContext(options, (context) => trainAll(context, options, abort.signal))
    if (options.json === true)
      printJson({ models: trained.map(trainedDocument), failed: failed.map(failedDocument), seconds: secondsSince(started) })
    else printText(trained.map(trainedText).join('\n\n'))
  } catch (error) {
    if (!abort.signal.aborted) throw error
    note('Interrupted. What was registered before stays.')
    process.exitCode = interruption.exitStatus
  } finally {
    interruption.ignore()
  }
}

interface FailedModel {
  readonly name: string
  readonly error: MillraceError
}

interface TrainedAll {
  readonly trained: readonly TrainedModel[]
  /** Models for which there was nothing to learn from; the others go on. */
  readonly failed: readonly FailedModel[]
}

async function trainAll(context: ReadContext, options: TrainOptions, signal: AbortSignal): Promise<TrainedAll> {
  const mode = checkMode(options.mode)
  const models = chooseModels(context.loaded.project, options.model ?? [])
  const state = stateDir(options)
  const trained: TrainedModel[] = []
  const failed: FailedModel[] = []
  for (const model of models) {
    const started = performance.now()
    const { env, labels, seed } = options
    try {
      const version = await trainModel(context, model, { env, state, labels, seed, mode, signal, onPhase: note })
      trained.push({ version, seconds: secondsSince(started), deployment: undefined })
      note(`${model.name}: version ${version.version} is registered`)
    } catch (error) {
      if (signal.aborted || !(error instanceof MillraceError) || error.family !== 'user' || models.length === 1) throw error
      failed.push({ name: model.name, error })
      note(`${model.name}: not trained. ${error.message}`)
    }
  }
  if (trained.length === 0) throw failed[0].error
  if (options.deploy !== true) return { trained, failed }
  const deployed: TrainedModel[] = []
  for (const [i, one] of trained.entries()) {
    const target = { env: options.env, version: one.version.version }
    const model = models.find(({ name }) => name === one.version.model) as (typeof models)[number]
    const deployment = await deployModel({ ...context, state }, model, target).catch((error: unknown) => {
      throw withModels(error, [...deployed, ...trained.slice(i)])
    })
    deployed.push({ ...one, deployment })
  }
  return { trained: deployed, failed }
}

/** A refused deployment says what was registered all the same. */
function withModels(error: unknown, trained: readonly TrainedModel[]): unknown {
  if (!(error instanceof MillraceError)) return error
  const details = { ...error.facts.details, models: trained.map(trainedDocument) }
  return new MillraceError(error.family, error.code, error.message, { ...error.facts, details, cause: error })
}

function trainedDocument({ version, seconds, deployment }: TrainedModel): object {
  return { ...versionDocument(version), deployed: deployment === undefined ? null : deploymentDocument(deployment), seconds }
}

function failedDocument({ name, error }: FailedModel): object {
  return { name, ...error.toDocument() }
}

function trainedText({ version, deployment }: TrainedModel): string {
  return deployment === undefined ? versionText(version) : `${versionText(version)}\n  deployed in ${deployment.env}`
}

function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000
}

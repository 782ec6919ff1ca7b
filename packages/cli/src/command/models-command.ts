import { resolve } from 'node:path'
import type { ModelAsset } from '@millrace/core'
import {
  type DeployedVersion,
  type Deployment,
  deployedVersions,
  deploymentHistory,
  listModelVersions,
  type ModelVersion,
  modelVersion,
} from '@millrace/store'
import { chooseModel, chooseModels } from '../model/choose-models.ts'
import { deploymentDocument, figuresOf, versionDocument, versionText } from '../model/model-document.ts'
import { parseTarget } from '../model/model-target.ts'
import { rebuildSet } from '../model/rebuild-set.ts'
import { type RegisterOptions, registerJudged, registerModel } from '../model/register-model.ts'
import { type StoreContext, withStore } from '../model/with-store.ts'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { type ReadOptions, withReadContext } from '../scope/open-scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

interface ModelEntry {
  readonly model: ModelAsset
  readonly versions: readonly ModelVersion[]
  readonly deployed: DeployedVersion | undefined
  readonly history: readonly Deployment[]
}

interface ModelsOptions extends CommonOptions {
  readonly rebuild?: boolean
}

/** Prints the versions of the project's models, their figures, and what is and was deployed. */
export async function modelsCommand(options: ModelsOptions, name: string | undefined): Promise<void> {
  if (options.rebuild === true) return await rebuildCommand(options, name)
  const entries = await withStore(options, (context) => readEntries(context, options.env, name))
  if (options.json === true) return printJson({ models: entries.map(entryDocument) })
  printText(name === undefined ? overview(entries) : entryText(entries[0]))
}

/** Builds a version's training set again and compares it with its record; exit status 1 when they differ. */
async function rebuildCommand(options: ModelsOptions, target: string | undefined): Promise<void> {
  const { name, version } = parseTarget(target ?? '')
  const rebuilt = await withReadContext(options, async (context) => {
    const { project } = context.loaded
    const of = { project: project.name, model: chooseModel(project, name).name, ...(version === undefined ? {} : { version }) }
    return await rebuildSet(context, await modelVersion(context.store.db, of), stateDir(options))
  })
  if (options.json === true) printJson(rebuilt)
  else
    printText(
      `The training set of ${rebuilt.model} version ${rebuilt.version} was built again: ${rebuilt.same ? 'the same to the last bit' : 'it differs'}.`,
    )
  if (!rebuilt.same) process.exitCode = 1
}

async function readEntries({ store, loaded }: StoreContext, env: string, name: string | undefined): Promise<readonly ModelEntry[]> {
  const { project } = loaded
  const models = chooseModels(project, name === undefined ? [] : [name])
  const of = { project: project.name }
  const [versions, deployed, history] = await Promise.all([
    listModelVersions(store.db, of),
    deployedVersions(store.db, { ...of, env }),
    deploymentHistory(store.db, of),
  ])
  return models.map((model) => ({
    model,
    versions: versions.filter((one) => one.model === model.name),
    deployed: deployed.find(({ version }) => version.model === model.name),
    history: history.filter((one) => one.model === model.name),
  }))
}

function entryDocument({ model, versions, deployed, history }: ModelEntry): object {
  return {
    name: model.name,
    view: model.input.name,
    deployed: deployed === undefined ? null : deploymentDocument(deployed.deployment),
    versions: versions.map(versionDocument),
    history: history.map(deploymentDocument),
  }
}

function overview(entries: readonly ModelEntry[]): string {
  const rows = entries.flatMap(({ model, versions, deployed }) =>
    versions.length === 0
      ? [[model.name, null, null, null, null, null, null]]
      : versions.map((version) => [
          model.name,
          version.version,
          deployed?.version.version === version.version ? 'deployed' : version.status,
          version.source,
          version.createdAt.toISOString(),
          rounded(figuresOf(version)?.test.roc_auc),
          rounded(figuresOf(version)?.test.pr_auc),
        ]),
  )
  return textTable(['model', 'version', 'status', 'source', 'created', 'roc_auc', 'pr_auc'], rows)
}

function entryText({ model, versions, history }: ModelEntry): string {
  if (versions.length === 0) return `${model.name} has no version yet: \`millrace train --model ${model.name} --labels FILE\``
  const ledger = history.map(({ deployedAt, env, version, reason, by }) => [deployedAt.toISOString(), env, version, reason, by])
  const deployments = ledger.length === 0 ? 'never deployed' : textTable(['at', 'env', 'version', 'reason', 'by'], ledger)
  return [...versions.map(versionText), deployments].join('\n\n')
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(5))
}

interface RegisterCommandOptions extends ReadOptions {
  readonly model: string
  readonly threshold?: number
  readonly labels?: string
}

/** Registers an ONNX file as the next version of a model; with labels it is judged as a trained one is. */
export async function registerCommand(options: RegisterCommandOptions, file: string): Promise<void> {
  const { env, labels, threshold } = options
  const version =
    labels === undefined
      ? await withStore(options, ({ store, loaded, state }) => {
          const model = chooseModel(loaded.project, options.model)
          return registerModel(store, model, { env, state, project: loaded.project.name, file: resolve(file), threshold })
        })
      : await withReadContext(options, (context) => {
          const { project } = context.loaded
          const request: RegisterOptions = { env, state: stateDir(options), project: project.name, file: resolve(file), threshold }
          return registerJudged(context, chooseModel(project, options.model), { ...request, labels: resolve(labels) })
        })
  if (options.json === true) printJson(versionDocument(version))
  else printText(versionText(version))
}

import { userInfo } from 'node:os'
import { type ModelAsset, userError } from '@millrace/core'
import { type Deployment, deploy, loadArtifact, type ModelVersion, modelVersion } from '@millrace/store'
import { viewHash } from './train-model.ts'
import type { StoreContext } from './with-store.ts'

export interface DeployTarget {
  readonly env: string
  /** The newest when absent. */
  readonly version: number | undefined
}

/** Makes a version the one that scores, once its file is there whole and the view is still what it was made for. */
export async function deployModel(
  { store, loaded, state }: Pick<StoreContext, 'store' | 'loaded' | 'state'>,
  model: ModelAsset,
  target: DeployTarget,
): Promise<Deployment> {
  const name = { project: loaded.project.name, model: model.name }
  const version = await modelVersion(store.db, { ...name, ...(target.version === undefined ? {} : { version: target.version }) })
  checkDefinition(version, model)
  await loadArtifact(state, version.artifactSha256)
  return await deploy(store.db, { ...name, env: target.env, version: version.version, by: currentUser() })
}

/** Who changes deployments. */
export function currentUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

function checkDefinition(version: ModelVersion, model: ModelAsset): void {
  if (version.planHash === null || version.planHash === viewHash(model)) return
  throw userError(
    'model/definition-changed',
    `Version ${version.version} of \`${model.name}\` was made for another definition of \`${model.input.name}\`: its features mean something else now.`,
    {
      asked: `${model.name}@${version.version}`,
      found: { made_for: version.planHash, now: viewHash(model) },
      do: `Train a version on the present definition: \`millrace train --model ${model.name}\`.`,
    },
  )
}

import type { DeployedModel } from '@millrace/ml'
import { deployedVersion, loadArtifact, type ModelPlace, type Store } from '@millrace/store'

/** The version that is deployed now with its file; undefined when none is. */
export async function deployedModel(store: Store, state: string, place: ModelPlace): Promise<DeployedModel | undefined> {
  const deployed = await deployedVersion(store.db, place)
  if (deployed === undefined) return undefined
  const { version, features, artifactSha256 } = deployed.version
  return { version, features, artifact: await loadArtifact(state, artifactSha256) }
}

import type { Deployment, DeploymentSource } from '@millrace/ml/serving'
import { deployedVersion, loadArtifact, type Store } from '@millrace/store'

/** Deployments as the store keeps them, with the model files of the state folder. */
export function storeDeployments(
  store: Store,
  of: { readonly stateDir: string; readonly project: string; readonly env: string },
): DeploymentSource {
  return {
    current: async (model): Promise<Deployment | undefined> => {
      const deployed = await deployedVersion(store.db, { project: of.project, env: of.env, model })
      if (deployed === undefined) return undefined
      const { version, artifactSha256, threshold, features } = deployed.version
      return { version, sha256: artifactSha256, threshold, features }
    },
    load: (sha256) => loadArtifact(of.stateDir, sha256),
  }
}

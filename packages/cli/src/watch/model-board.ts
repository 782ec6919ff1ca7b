import type { Project } from '@millrace/core'
import type { ModelDetail, ModelSummary, ModelVersion as ModelVersionDocument, ModelView } from '@millrace/server'
import { deployedVersion, deploymentHistory, listModelVersions, type ModelVersion, type Store } from '@millrace/store'
import { figuresOf } from '../model/model-document.ts'

export interface ModelBoardOptions {
  readonly store: Store
  readonly project: Project
  readonly env: string
}

/** The registry of a project's models as the server shows it. */
export class ModelBoard implements ModelView {
  readonly #options: ModelBoardOptions

  constructor(options: ModelBoardOptions) {
    this.#options = options
  }

  async models(): Promise<readonly ModelSummary[]> {
    const { store, project, env } = this.#options
    const versions = await listModelVersions(store.db, { project: project.name })
    return Promise.all(
      project.models.map(async (model): Promise<ModelSummary> => {
        const deployed = await deployedVersion(store.db, { project: project.name, env, model: model.name })
        return {
          model: model.name,
          on: model.input.name,
          versions: versions.filter((version) => version.model === model.name).length,
          deployed: deployed?.version.version ?? null,
          deployed_at: deployed?.deployment.deployedAt.toISOString() ?? null,
        }
      }),
    )
  }

  async model(name: string): Promise<ModelDetail | undefined> {
    const { store, project, env } = this.#options
    const model = project.models.find((one) => one.name === name)
    if (model === undefined) return undefined
    const place = { project: project.name, env, model: name }
    const [versions, history, deployed] = await Promise.all([
      listModelVersions(store.db, place),
      deploymentHistory(store.db, place),
      deployedVersion(store.db, place),
    ])
    return {
      model: name,
      on: model.input.name,
      deployed: deployed?.version.version ?? null,
      versions: versions.reverse().map(versionState),
      deployments: history
        .reverse()
        .map(({ version, deployedAt, by, reason }) => ({ version, deployed_at: deployedAt.toISOString(), by, reason })),
    }
  }
}

function versionState(version: ModelVersion): ModelVersionDocument {
  const figures = figuresOf(version)
  return {
    version: version.version,
    source: version.source,
    created_at: version.createdAt.toISOString(),
    artifact_sha256: version.artifactSha256,
    features: [...version.features],
    threshold: version.threshold,
    train: figures === undefined ? null : { ...figures.train },
    test: figures === undefined ? null : { ...figures.test },
    gates: version.gates.map(({ name, value, limit, passed }) => ({ name, value, limit, passed })),
  }
}

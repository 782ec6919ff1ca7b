import { userError } from '@millrace/core'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { jsonText } from './json.ts'
import type { GateRecord, JsonValue, ModelVersionsTable, StoreSchema } from './schema.ts'

/** A model of a project. */
export interface ModelName {
  readonly project: string
  readonly model: string
}

/** A model as an environment knows it: the pointer to the version that scores there. */
export interface ModelPlace extends ModelName {
  readonly env: string
}

/** What is known of a version when it is registered. */
export interface NewModelVersion extends ModelName {
  readonly source: 'trained' | 'registered'
  /** Name of the artifact, see `saveArtifact`. */
  readonly artifactSha256: string
  /** Names of the view's columns that the model reads, in its order. */
  readonly features: readonly string[]
  /** Scores from here on decide true. */
  readonly threshold: number
  /** Hash of the view's plan when the version was made. */
  readonly planHash: string | null
  /** Quantiles and histograms of the features in the training set. */
  readonly profile: JsonValue
  readonly figures: JsonValue
  readonly gates: readonly GateRecord[]
  /** What rebuilds the training set bit for bit. */
  readonly trainingSet: JsonValue | null
}

/** A registered version; it never changes. */
export interface ModelVersion extends NewModelVersion {
  /** From 1, without holes. */
  readonly version: number
  /** `refused` when a gate failed. */
  readonly status: 'deployable' | 'refused'
  readonly createdAt: Date
}

/** Registers a version under the next number; versions registered at the same moment get different ones. */
export async function addModelVersion(db: Kysely<StoreSchema>, version: NewModelVersion): Promise<ModelVersion> {
  return await db.transaction().execute(async (transaction) => {
    await lock(transaction, ['versions', version.project, version.model])
    const last = await transaction
      .selectFrom('millrace.model_versions')
      .select((select) => select.fn.max('version').as('version'))
      .where('project', '=', version.project)
      .where('model', '=', version.model)
      .executeTakeFirstOrThrow()
    const row = await transaction
      .insertInto('millrace.model_versions')
      .values({
        project: version.project,
        model: version.model,
        version: (last.version ?? 0) + 1,
        status: version.gates.every((gate) => gate.passed) ? 'deployable' : 'refused',
        source: version.source,
        artifact_sha256: version.artifactSha256,
        features: jsonText(version.features),
        threshold: version.threshold,
        plan_hash: version.planHash,
        profile: jsonText(version.profile),
        figures: jsonText(version.figures),
        gates: JSON.stringify(version.gates),
        training_set: version.trainingSet === null ? null : jsonText(version.trainingSet),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return versionOf(row)
  })
}

/** The versions of a project's models, by model and number; of one model when it is named. */
export async function listModelVersions(
  db: Kysely<StoreSchema>,
  of: { readonly project: string; readonly model?: string },
): Promise<ModelVersion[]> {
  let query = db.selectFrom('millrace.model_versions').selectAll().where('project', '=', of.project)
  if (of.model !== undefined) query = query.where('model', '=', of.model)
  return (await query.orderBy('model').orderBy('version').execute()).map(versionOf)
}

/** One version; the newest when no number is given. @throws `model/no-version`, `model/unknown-version` */
export async function modelVersion(db: Kysely<StoreSchema>, of: ModelName & { readonly version?: number }): Promise<ModelVersion> {
  let query = db.selectFrom('millrace.model_versions').selectAll().where('project', '=', of.project).where('model', '=', of.model)
  if (of.version !== undefined) query = query.where('version', '=', of.version)
  const row = await query.orderBy('version', 'desc').limit(1).executeTakeFirst()
  if (row !== undefined) return versionOf(row)
  throw await unknownVersion(db, of)
}

async function unknownVersion(db: Kysely<StoreSchema>, of: ModelName & { readonly version?: number }): Promise<Error> {
  const found = (await listModelVersions(db, { project: of.project, model: of.model })).map((one) => one.version)
  if (found.length === 0)
    return userError('model/no-version', `Model \`${of.model}\` has no version yet.`, {
      asked: of.model,
      found: [],
      do: `Train one: \`millrace train --model ${of.model} --labels FILE\`.`,
    })
  return userError('model/unknown-version', `Model \`${of.model}\` has no version ${of.version}; it has 1 to ${found.length}.`, {
    asked: of.version,
    found,
    do: 'Name one of the versions found.',
  })
}

/** Holds the lock of a name until the transaction ends. */
export async function lock(transaction: Transaction<StoreSchema>, name: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${JSON.stringify(['millrace', ...name])}, 0))`.execute(transaction)
}

export function versionOf(row: Selectable<ModelVersionsTable>): ModelVersion {
  return {
    project: row.project,
    model: row.model,
    version: row.version,
    status: row.status,
    source: row.source,
    artifactSha256: row.artifact_sha256,
    features: row.features,
    threshold: row.threshold,
    planHash: row.plan_hash,
    profile: row.profile,
    figures: row.figures,
    gates: row.gates,
    trainingSet: row.training_set,
    createdAt: row.created_at,
  }
}

import { userError } from '@millrace/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import { lock, type ModelName, type ModelPlace, type ModelVersion, modelVersion, versionOf } from './model-store.ts'
import type { DeploymentsTable, StoreSchema } from './schema.ts'

/** An entry of the ledger of deployments. */
export interface Deployment extends ModelPlace {
  /** Grows with every entry. */
  readonly id: number
  readonly version: number
  readonly reason: 'deploy' | 'rollback'
  readonly by: string
  readonly deployedAt: Date
}

/** The version that scores in an environment, with the entry that put it there. */
export interface DeployedVersion {
  readonly deployment: Deployment
  readonly version: ModelVersion
}

export interface DeployRequest extends ModelPlace {
  readonly version: number
  readonly by: string
}

/**
 * Makes a version the one that scores; answers with the entry, which is an old one when the version is deployed already.
 *
 * @throws `model/no-version`, `model/unknown-version`, `model/gate-failed`
 */
export async function deploy(db: Kysely<StoreSchema>, request: DeployRequest): Promise<Deployment> {
  checkGates(await modelVersion(db, request))
  return await db.transaction().execute(async (transaction) => {
    await lock(transaction, ['deployments', request.env, request.project, request.model])
    const last = (await deploymentHistory(transaction, request)).at(-1)
    if (last?.version === request.version) return last
    return await append(transaction, { ...request, reason: 'deploy' })
  })
}

/**
 * Goes back to the version that was deployed before the present one; done again, to the one before that.
 *
 * @throws `model/nothing-to-roll-back`
 */
export async function rollback(db: Kysely<StoreSchema>, request: ModelPlace & { readonly by: string }): Promise<Deployment> {
  return await db.transaction().execute(async (transaction) => {
    await lock(transaction, ['deployments', request.env, request.project, request.model])
    const standing = standingVersions(await deploymentHistory(transaction, request))
    const before = standing.at(-2)
    if (before === undefined) throw nothingBefore(request, standing)
    return await append(transaction, { ...request, version: before, reason: 'rollback' })
  })
}

/** The versions that are deployed one on top of the other: a deployment adds one, a rollback takes the last away. */
function standingVersions(history: readonly Deployment[]): number[] {
  const standing: number[] = []
  for (const { reason, version } of history) {
    if (reason === 'rollback') standing.pop()
    else standing.push(version)
  }
  return standing
}

function nothingBefore(asked: ModelPlace, standing: readonly number[]): Error {
  const { model, env } = asked
  const message =
    standing.length === 0
      ? `No version of \`${model}\` is deployed in \`${env}\`.`
      : `Version ${standing[0]} of \`${model}\` is the first that was deployed in \`${env}\`; there is none before it.`
  return userError('model/nothing-to-roll-back', message, {
    asked: model,
    found: standing,
    do: `Deploy the version that you want: \`millrace deploy ${model}@VERSION\`.`,
  })
}

/** The version that scores in an environment; undefined when none is deployed. */
export async function deployedVersion(db: Kysely<StoreSchema>, place: ModelPlace): Promise<DeployedVersion | undefined> {
  return (await deployedVersions(db, place)).find(({ version }) => version.model === place.model)
}

/** The versions of a project that score in an environment, by model: one small query, cheap enough to poll. */
export async function deployedVersions(db: Kysely<StoreSchema>, of: Omit<ModelPlace, 'model'>): Promise<DeployedVersion[]> {
  const { rows } = await sql<Selectable<StoreSchema['millrace.model_versions']> & Selectable<DeploymentsTable>>`
    select v.*, d.id, d.env, d.reason, d.deployed_by, d.deployed_at
    from (select distinct on (model) * from millrace.deployments
          where env = ${of.env} and project = ${of.project} order by model, id desc) d
    join millrace.model_versions v on v.project = d.project and v.model = d.model and v.version = d.version
    order by d.model`.execute(db)
  return rows.map((row) => ({ deployment: deploymentOf(row), version: versionOf(row) }))
}

/** All entries of the ledger, oldest first: of one model and environment, or of as many as are left open. */
export async function deploymentHistory(
  db: Kysely<StoreSchema>,
  of: { readonly project: string; readonly env?: string; readonly model?: string },
): Promise<Deployment[]> {
  let query = db.selectFrom('millrace.deployments').selectAll().where('project', '=', of.project)
  if (of.env !== undefined) query = query.where('env', '=', of.env)
  if (of.model !== undefined) query = query.where('model', '=', of.model)
  return (await query.orderBy('id').execute()).map(deploymentOf)
}

async function append(db: Kysely<StoreSchema>, entry: DeployRequest & { readonly reason: Deployment['reason'] }): Promise<Deployment> {
  const row = await db
    .insertInto('millrace.deployments')
    .values({
      env: entry.env,
      project: entry.project,
      model: entry.model,
      version: entry.version,
      reason: entry.reason,
      deployed_by: entry.by,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return deploymentOf(row)
}

function checkGates(version: ModelName & Pick<ModelVersion, 'version' | 'gates'>): void {
  const failed = version.gates.filter((gate) => !gate.passed)
  if (failed.length === 0) return
  const reasons = failed.map((gate) => gate.evidence.replace(/\.$/, '')).join('; ')
  throw userError('model/gate-failed', `Version ${version.version} of \`${version.model}\` is not deployed: ${reasons}.`, {
    asked: `${version.model}@${version.version}`,
    found: failed.map(({ name, value, limit }) => ({ name, value, limit })),
    do: 'Train, or register with `--labels`, a version that passes its gates.',
  })
}

function deploymentOf(row: Selectable<DeploymentsTable>): Deployment {
  return {
    id: row.id,
    env: row.env,
    project: row.project,
    model: row.model,
    version: row.version,
    reason: row.reason,
    by: row.deployed_by,
    deployedAt: row.deployed_at,
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Field } from '@millrace/columnar'
import { bugError, type CheckedPlan, operatingError, type PlanSource } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { lowerPlan } from '../lower/lower-plan.ts'
import { identifier } from '../print/identifier.ts'
import { placeColumns, printPlan } from '../print/plan-printer.ts'
import { nested, selectText } from '../print/select-text.ts'
import { timeAt } from '../print/time-range.ts'
import { ENDED, FlinkJobs } from '../run/flink-jobs.ts'
import { GatewaySession } from '../run/sql-gateway.ts'
import { type LakeCatalog, type LakeTable, lakeTableName, openCatalog } from './lake-catalog.ts'
import { type LakeRecords, lakeScan } from './lake-scan.ts'

/** A cluster that reads and writes the lake. */
export interface LakeCluster {
  readonly gateway: string
  readonly jobManager: string
  readonly parallelism: number
  readonly catalog: LakeCatalog
}

/** A part of a plan's rows, put into a table. */
export interface LakeJob {
  /** What the job is called on the cluster. */
  readonly name: string
  readonly plan: CheckedPlan
  /** The records of each source. */
  readonly records: ReadonlyMap<string, LakeRecords>
  /** Rows whose time in this column lies in `[from, to)`, epoch ms. */
  readonly slice: { readonly column: string; readonly from: number; readonly to: number }
  /** A table with the columns of `lakeColumns`. */
  readonly into: LakeTable
}

/** Longest time for one job over the lake, ms. */
const JOB_MS_MAX = 24 * 3_600_000

/** A batch job puts in all of its rows, in one snapshot when it has finished, or none. */
const BATCH: Readonly<Record<string, string>> = {
  'execution.runtime-mode': 'batch',
  'restart-strategy.type': 'none',
  'table.dynamic-table-options.enabled': 'true',
}

/**
 * Refuses a plan that cannot be computed over the lake, before anything is begun.
 *
 * @throws user `engine/unsupported`
 */
export function checkLakePlan(plan: CheckedPlan): void {
  const { output } = lowerPlan(plan)
  for (const { name, type } of [...[...plan.sources.values()].flatMap(({ fields }) => fields), ...output.checked.fields])
    if (type.startsWith('list<') || type.startsWith('struct<')) throw unsupported('nested columns of Iceberg tables', `column \`${name}\``)
  printPlan(plan, { mode: 'as_served', sources: () => '`t`', systemColumns: true })
}

/** Columns of a table that takes a plan's rows: the user's, then those that tell a row's place. */
export function lakeColumns(plan: CheckedPlan): readonly Field[] {
  const { output } = lowerPlan(plan)
  return [...output.checked.fields, ...placeColumns(output)].map((field) => ({ ...field, nullable: true }))
}

/** The statement of a job. */
export function lakeJobText(catalog: Pick<LakeCatalog, 'name'>, { plan, records, slice, into }: Omit<LakeJob, 'name'>): string {
  const { sql } = printPlan(plan, {
    mode: 'as_served',
    sources: (name) => lakeScan(catalog, plan.sources.get(name) as PlanSource, records.get(name) as LakeRecords),
    systemColumns: true,
  })
  const names = lakeColumns(plan).map(({ name }) => identifier(name))
  const time = identifier(slice.column)
  const within = `WHERE ${time} >= ${timeAt(String(slice.from))} AND ${time} < ${timeAt(String(slice.to))}`
  return `INSERT INTO ${lakeTableName(catalog, into)} (${names.join(', ')})\n${selectText(names, [`FROM ${nested(sql)}`, within])}`
}

/**
 * Computes rows of a plan from the lake into a table of the lake, and waits until they are committed.
 *
 * @returns the job's id
 * @throws `engine/unsupported`, `engine/no-server`, `engine/no-iceberg`, `engine/no-catalog`, `engine/lake-not-seen`, `engine/job-failed` …
 */
export async function runLakeJob(cluster: LakeCluster, job: LakeJob): Promise<string> {
  const { catalog, parallelism } = cluster
  const settings = { ...BATCH, 'pipeline.name': job.name, 'parallelism.default': String(parallelism) }
  const session = await GatewaySession.open(cluster.gateway, settings)
  try {
    await openCatalog(session, catalog)
    const statement = lakeJobText(catalog, job)
    const { jobId } = await session.run(statement)
    if (jobId === undefined) throw bugError('engine/no-job', 'Flink began no job for a statement over the lake.', { asked: statement })
    await finished(cluster, jobId)
    return jobId
  } finally {
    await session.close()
  }
}

async function finished({ jobManager, catalog }: LakeCluster, jobId: string): Promise<void> {
  try {
    await new FlinkJobs(jobManager).finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
  } catch (error) {
    throw NOT_SEEN.test(String((error as Error).message)) ? notSeen(catalog, error) : error
  }
}

const NOT_SEEN = /FileNotFoundException|NotFoundException|NoSuchFileException|Mkdirs failed|Permission denied/

function notSeen({ warehouse }: LakeCatalog, cause: unknown): Error {
  return operatingError('engine/lake-not-seen', `The Flink cluster does not see the files of the lake in ${warehouse}.`, {
    asked: warehouse,
    found: (cause as Error).message,
    do: 'Let the JobManager and every TaskManager see that folder under the same path, and write in it.',
    cause,
  })
}

const ACTIVE_TRIES_MAX = 600
const LOOK_MS = 100

/** Ends the jobs of a name's beginning that still run, as those of a process that was killed do. */
export async function endLakeJobs({ jobManager }: Pick<LakeCluster, 'jobManager'>, name: string): Promise<readonly string[]> {
  const flink = new FlinkJobs(jobManager)
  const found = async () => (await flink.jobs()).filter((job) => job.name.startsWith(name) && !ENDED.has(job.state))
  const ended = (await found()).map(({ id }) => id)
  for (const id of ended) await flink.cancel(id)
  for (let tries = 0; tries < ACTIVE_TRIES_MAX && (await found()).length > 0; tries++) await sleep(LOOK_MS)
  return ended
}

/** Whether a cluster reads the lake, with the catalog that it was told of. @throws as `runLakeJob` */
export async function checkLake({ gateway, catalog }: Pick<LakeCluster, 'gateway' | 'catalog'>): Promise<void> {
  const session = await GatewaySession.open(gateway, BATCH)
  try {
    await openCatalog(session, catalog)
  } finally {
    await session.close()
  }
}

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { sinkConsumer } from '@millrace/connect'
import { type AlertAsset, operatingError, type Project, userError } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import type { Store } from '@millrace/store'
import { forgetScope, openScopeLog, type PartitionedTable, PLANS_KEY, partitionedTables, type ViewEngine } from '../pipeline/scope-log.ts'
import { tableSpecs } from '../pipeline/table-spec.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { adoptDefinitions } from '../savepoint/adopt-definitions.ts'
import { fitTables } from '../savepoint/fit-tables.ts'
import { areTablesUnfitted, noteTablesFitted, type RecordedChange } from '../savepoint/recorded-change.ts'
import { refuseUnfinished } from '../savepoint/restore-savepoint.ts'
import { adoptJob } from '../scaled/adopt-job.ts'
import { flinkChange } from '../scaled/flink-change.ts'
import type { FlinkProject } from '../scaled/flink-job.ts'
import type { Scope } from '../scope/scope.ts'
import { otherProcesses } from '../share/sharers.ts'
import { watchConsumer } from './view-watch.ts'

/** The log of what an environment follows, with every topic and consumer there. */
export interface LiveScope {
  readonly scope: Scope
  readonly log: EmbeddedLog
  readonly tables: readonly PartitionedTable[]
  /** What the definitions changed since the last start. */
  readonly change: RecordedChange | undefined
  /** The job that computes the views, where Flink does. */
  readonly flink: FlinkProject | undefined
}

export interface LiveScopeOptions extends Pick<LiveScope, 'scope' | 'flink'> {
  readonly loaded: LoadedProject
  readonly store: Store
  readonly lake: Lake
  /** Forgets what was followed so far. */
  readonly reset: boolean
}

/**
 * Opens the live scope where it stands.
 *
 * @throws user `dev/definition-changed` where its state belongs to other definitions; `log/partitions-differ`
 */
export async function openLiveScope(options: LiveScopeOptions): Promise<LiveScope> {
  const { scope, loaded } = options
  if (!options.reset) await refuseUnfinished(scope)
  if (options.reset) {
    await checkAlone(scope)
    await forgetScope(scope, options)
  }
  mkdirSync(scope.logDir, { recursive: true })
  const change = await adopted(scope, loaded, options.flink)
  const specs = tableSpecs(loaded.project)
  const tables = partitionedTables(specs, loaded.partitions)
  const log = await openScopeLog(scope, loaded.project, tables, { engine: engineOf(options.flink) })
  if (areTablesUnfitted(log)) {
    await fitTables(options.lake, scope.namespace, specs)
    await noteTablesFitted(log)
  }
  const { project } = loaded
  for (const view of [...project.features, ...project.models]) await log.registerConsumer(watchConsumer(view.name), view.name)
  for (const alert of sunkAlerts(project)) await log.openTopic(alert.name, { partitions: 1 })
  for (const { name, input } of project.sinks) await log.registerConsumer(sinkConsumer(name), input.name)
  return { scope, log, tables, change, flink: options.flink }
}

/** Alerts that some sink takes: only these have a topic. */
export function sunkAlerts(project: Project): readonly AlertAsset[] {
  return project.alerts.filter((alert) => project.sinks.some((sink) => sink.input === alert))
}

/** What other processes compute from cannot be forgotten under their feet. */
async function checkAlone(scope: Scope): Promise<void> {
  if (!existsSync(join(scope.logDir, 'data.mdb'))) return
  const log = openLog({ path: scope.logDir, readOnly: true })
  const pids = otherProcesses(log)
  await log.close()
  if (pids.length === 0) return
  throw operatingError(
    'up/views-computed',
    `Environment \`${scope.env}\` cannot start over while its views are computed by process${pids.length > 1 ? 'es' : ''} ${pids.join(', ')}.`,
    { asked: '--reset', found: pids, do: `Stop what computes them first (kill ${pids.join(' ')}), then start over.` },
  )
}

function engineOf(flink: FlinkProject | undefined): ViewEngine {
  return flink === undefined ? 'stream' : 'flink'
}

async function adopted(scope: Scope, loaded: LoadedProject, flink: FlinkProject | undefined): Promise<RecordedChange | undefined> {
  const { env } = scope
  const log = openLog({ path: scope.logDir })
  try {
    await adoptEngine(log, engineOf(flink), env)
    if (flink === undefined) return await adoptDefinitions(log, loaded, { env })
    const change = await adoptDefinitions(log, loaded, { env, changeOf: flinkChange })
    await adoptJob(log, flink, env)
    return change
  } finally {
    await log.close()
  }
}

const ENGINE_KEY = 'view-engine'

/** What computes the views of a log that there is. */
export function recordedEngine(log: Pick<EmbeddedLog, 'get'>): ViewEngine {
  const known = log.get(ENGINE_KEY)
  return known === undefined ? 'stream' : (Buffer.from(known).toString('utf8') as ViewEngine)
}

/** Rows of a view come from one engine for as long as its log lives: another would say them all again. */
async function adoptEngine(log: EmbeddedLog, engine: ViewEngine, env: string): Promise<void> {
  const known = log.get(ENGINE_KEY)
  const found = known === undefined && log.get(PLANS_KEY) === undefined ? engine : recordedEngine(log)
  if (found !== engine)
    throw userError(
      'environment/other-engine',
      `Views of environment \`${env}\` are computed by ${found}; its settings ask for ${engine}.`,
      {
        asked: engine,
        found,
        do: 'Use another environment (`--env NAME`), or start over with `--reset`.',
      },
    )
  if (known === undefined) await log.transact((transaction) => transaction.put(ENGINE_KEY, Buffer.from(engine)))
}

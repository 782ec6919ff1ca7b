import { mkdirSync } from 'node:fs'
import { sinkConsumer } from '@millrace/connect'
import { type AlertAsset, type Project, userError } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import type { Store } from '@millrace/store'
import { adoptPlans, forgetScope, openScopeLog, type PartitionedTable, partitionedTables, planHashes } from '../pipeline/scope-log.ts'
import { tableSpecs } from '../pipeline/table-spec.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { Scope } from '../scope/scope.ts'
import { watchConsumer } from './view-watch.ts'

/** The log of what an environment follows, with every topic and consumer there. */
export interface LiveScope {
  readonly scope: Scope
  readonly log: EmbeddedLog
  readonly tables: readonly PartitionedTable[]
}

export interface LiveScopeOptions {
  readonly scope: Scope
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
  if (options.reset) await forgetScope(scope, options)
  mkdirSync(scope.logDir, { recursive: true })
  await checkDefinitions(scope, loaded)
  const tables = partitionedTables(tableSpecs(loaded.project), loaded.partitions)
  const log = await openScopeLog(scope, loaded.project, tables)
  const { project } = loaded
  for (const view of [...project.features, ...project.models]) await log.registerConsumer(watchConsumer(view.name), view.name)
  for (const alert of sunkAlerts(project)) await log.openTopic(alert.name, { partitions: 1 })
  for (const { name, input } of project.sinks) await log.registerConsumer(sinkConsumer(name), input.name)
  return { scope, log, tables }
}

/** Alerts that some sink takes: only these have a topic. */
export function sunkAlerts(project: Project): readonly AlertAsset[] {
  return project.alerts.filter((alert) => project.sinks.some((sink) => sink.input === alert))
}

/** Windows that are open cannot go on under another definition. */
async function checkDefinitions(scope: Scope, { project }: LoadedProject): Promise<void> {
  const log = openLog({ path: scope.logDir })
  const { same, changed } = await adoptPlans(log, planHashes(project)).finally(() => log.close())
  if (same) return
  throw userError(
    'dev/definition-changed',
    `Environment \`${scope.env}\` follows with another definition of ${changed.map((name) => `\`${name}\``).join(', ')}, and open windows cannot go on under a new one.`,
    {
      asked: changed,
      found: 'live state of other definitions',
      do: 'Start over with `millrace dev --reset`, which reads the log files again from their beginning; or keep both with `--env NAME`.',
    },
  )
}

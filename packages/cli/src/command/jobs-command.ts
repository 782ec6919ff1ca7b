import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { userError } from '@millrace/core'
import { type LiveJobStatus, LiveJobs } from '@millrace/engine-flink'
import type { KafkaConnection } from '@millrace/log-kafka'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { acquireWriterLease } from '@millrace/store'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { environmentOf } from '../project/environment-rules.ts'
import { loadProject } from '../project/load-project.ts'
import { type JobPlace, jobPlaces, NO_PLACE } from '../scaled/job-place.ts'
import { jobsState, putJobsState } from '../scaled/jobs-state.ts'
import { noteResumePoint } from '../scaled/resume-point.ts'
import { jobsName } from '../scaled/topic-name.ts'
import { liveScope } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

/** Shows the jobs of an environment on Flink: what each is, and how far one that is to take over is behind. */
export async function jobsListCommand(options: CommonOptions): Promise<void> {
  const { jobs, name, connection } = await clusterOf(options)
  const found = await Promise.all((await jobs.running(name)).map((job) => jobs.status(job)))
  const places = await reading(liveScope(stateDir(options), options.env).logDir, (log) => jobPlaces(log, connection))
  const documents = found.map((job) => ({ ...jobDocument(job), ...(places.get(identityOf(job, name)) ?? NO_PLACE) }))
  if (options.json === true) return printJson({ jobs: documents })
  if (found.length === 0) return printText(`no job of environment ${options.env} runs`)
  const rows = documents.map(({ id, role, state, since, checkpoints, last_checkpoint, restarts, behind }) => {
    const last = last_checkpoint === null ? '–' : `${last_checkpoint.at}, ${last_checkpoint.bytes} bytes`
    return [id, role ?? 'unknown', state, since, checkpoints, last, restarts, behind ?? '–']
  })
  printText(textTable(['job', 'role', 'state', 'since', 'checkpoints', 'last checkpoint', 'restarts', 'records behind'], rows))
}

/** Stops the jobs of an environment behind savepoints, from which the next session goes on. */
export async function jobsStopCommand(options: CommonOptions): Promise<void> {
  const { jobs, name } = await clusterOf(options)
  const state = stateDir(options)
  const { logDir } = liveScope(state, options.env)
  if (!existsSync(join(logDir, 'data.mdb'))) throw nothingFollowed(options.env)
  const lease = await acquireWriterLease({ stateDir: state, env: options.env, command: 'jobs stop' })
  const stopped: { id: string; savepoint: string }[] = []
  const log = openLog({ path: logDir })
  try {
    for (const job of await jobs.running(name)) {
      const point = await jobs.stop(job)
      await log.transact((transaction) => {
        noteResumePoint(transaction, point)
        const jobs = jobsState(transaction)
        // One that was about to close everything goes on first.
        if (jobs !== undefined && jobs.ending === identityOf(job, name)) putJobsState(transaction, { ...jobs, stopping: false })
      })
      stopped.push({ id: job.id, savepoint: point.path })
    }
  } finally {
    await log.close()
    await lease.release()
  }
  if (options.json === true) return printJson({ stopped })
  printText(
    stopped.length === 0
      ? `no job of environment ${options.env} runs`
      : stopped.map((one) => `${one.id} is stopped; it goes on from ${one.savepoint}`).join('\n'),
  )
}

async function clusterOf(
  options: CommonOptions,
): Promise<{ readonly jobs: LiveJobs; readonly name: string; readonly connection: KafkaConnection }> {
  const loaded = await loadProject(options.project)
  const { flink, kafka: connection } = environmentOf(loaded, options.env)
  if (flink !== undefined && connection !== undefined)
    return { jobs: new LiveJobs(flink), name: jobsName({ project: loaded.project.name, env: options.env }), connection }
  throw userError('environment/no-flink', `Environment \`${options.env}\` has no Flink.`, {
    asked: `environments.${options.env}.flink`,
    found: Object.keys(loaded.environments ?? {}),
    do: 'Name an environment that has one with `--env NAME`.',
  })
}

function identityOf({ name }: Pick<LiveJobStatus, 'name'>, jobs: string): string {
  return name.slice(jobs.length + 1)
}

async function reading(
  logDir: string,
  look: (log: EmbeddedLog) => Promise<ReadonlyMap<string, JobPlace>>,
): Promise<ReadonlyMap<string, JobPlace>> {
  if (!existsSync(join(logDir, 'data.mdb'))) return new Map()
  const log = openLog({ path: logDir, readOnly: true })
  return look(log).finally(() => log.close())
}

function nothingFollowed(env: string): Error {
  return userError(
    'jobs/no-state',
    `Environment \`${env}\` follows nothing in this state folder, which has to know where its jobs go on.`,
    {
      asked: env,
      found: 'no log',
      do: 'Name the state folder of `millrace up` with `--state`.',
    },
  )
}

function jobDocument({ id, name, state, startedAt, checkpoints, checkpoint, restarts, reason }: LiveJobStatus) {
  return {
    id,
    name,
    state,
    since: new Date(startedAt).toISOString(),
    checkpoints,
    last_checkpoint:
      checkpoint === undefined
        ? null
        : { at: new Date(checkpoint.endedAt).toISOString(), bytes: checkpoint.bytes, path: checkpoint.path ?? null },
    restarts,
    reason: reason ?? null,
  }
}

import { type EventLog, userError } from '@millrace/core'
import type { LiveSource, LiveView } from '@millrace/engine-flink'
import type { FlinkProject } from './flink-job.ts'
import { activeJobs, adoptedJobs, type Cut, type JobsState, jobsState, putJobsState } from './jobs-state.ts'
import { type StoredJob, storedJob, storeJob } from './stored-job.ts'
import { streamMoment } from './stream-moment.ts'

/** Where versions that knew of one job noted where it goes on. */
const ONE_JOB_KEY = 'flink/resume'

/**
 * Sees to it that an environment has the job of a project: the one that it has already, or a further one that takes over once it has caught up.
 *
 * @throws user `environment/older-jobs`, `environment/corrected-views`, `environment/other-format`
 */
export async function adoptJob(log: Pick<EventLog, 'get' | 'transact'>, { job, hash }: FlinkProject, env: string): Promise<void> {
  if (job.views.length === 0) return
  if (log.get(ONE_JOB_KEY) !== undefined) throw olderJobs(env)
  const views = new Map(job.views.map((view) => [view.name, view]))
  await log.transact((transaction) => {
    const before = jobsState(transaction)
    const state = adoptedJobs(before, { hash, views: [...views.keys()] }, (name) => beginning(transaction, views.get(name) as LiveView))
    if (state === before) return
    const current = before === undefined ? undefined : storedJob(transaction, before.current)
    if (current !== undefined) refuseOtherFormat(current, job.sources, env)
    if (before !== undefined && state.next !== null) refuseCorrected(before, [...views.values()], env)
    for (const id of activeJobs(state)) if (storedJob(transaction, id) === undefined) storeJob(transaction, job, id)
    putJobsState(transaction, state)
  })
}

/** Where a view begins that the running job has not got: one that corrects its rows has no place within its streams to begin at. */
function beginning(log: Pick<EventLog, 'get'>, { plan }: LiveView): Cut | null {
  if (plan.output.upsert) return null
  return streamMoment(
    log,
    plan.plan.sources.map(({ name }) => name),
  )
}

/** A stamped topic has records of one format alone, which every job that reads it goes by. */
function refuseOtherFormat({ sources }: StoredJob, asked: ReadonlyMap<string, LiveSource>, env: string): void {
  for (const [stream, { format: held = 'json' }] of sources) {
    const { format = 'json' } = asked.get(stream) ?? { format: held }
    if (format === held) continue
    throw userError(
      'environment/other-format',
      `Environment \`${env}\` has the records of \`${stream}\` on Kafka as ${held}, and its \`kafka.format\` is ${format}.`,
      {
        asked: format,
        found: held,
        do: `Set \`kafka.format\` to ${held}, start over with \`--reset\`, or use another environment (\`--env NAME\`).`,
      },
    )
  }
}

/** What a job gave and took back, another one goes on with nowhere; where no definition has changed, its SQL has. */
function refuseCorrected({ current, takes }: JobsState, views: readonly LiveView[], env: string): void {
  const corrected = views.filter(({ name, plan }) => plan.output.upsert && takes[current]?.[name] !== undefined).map(({ name }) => name)
  if (corrected.length === 0) return
  throw userError(
    'environment/corrected-views',
    `Environment \`${env}\` would compute ${corrected.map((name) => `\`${name}\``).join(', ')} by another job, which cannot go on with rows that were given and are to be taken back.`,
    {
      asked: corrected,
      found: `job ${current}`,
      do: 'Start over with `--reset`, or use another environment (`--env NAME`).',
    },
  )
}

function olderJobs(env: string): Error {
  return userError(
    'environment/older-jobs',
    `Environment \`${env}\` has a job on Flink from before jobs could take over from each other.`,
    {
      asked: env,
      found: ONE_JOB_KEY,
      do: 'Start over with `--reset`, or use another environment (`--env NAME`).',
    },
  )
}

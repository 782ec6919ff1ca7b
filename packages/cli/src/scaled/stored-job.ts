import { checkPlan, type EventLog, type LogTransaction, type Plan } from '@millrace/core'
import { type LiveJob, type LiveSource, type LiveView, liveStatements } from '@millrace/engine-flink'
import { lateTopicOf } from '@millrace/engine-stream'
import type { RelayPlace } from '@millrace/log-kafka'

/** A job as the log keeps it: all that its statements are printed of but how servers are entered. */
export interface StoredJob {
  readonly id: string
  /** Of the job on Flink. */
  readonly jobName: string
  readonly sources: readonly (readonly [string, LiveSource])[]
  readonly views: readonly StoredView[]
}

export interface StoredView extends Omit<LiveView, 'plan'> {
  readonly plan: Plan
  /** Names of its rows' columns. */
  readonly columns: readonly string[]
}

const PREFIX = 'flink/job/'

export function storedJob(log: Pick<EventLog, 'get'>, id: string): StoredJob | undefined {
  const bytes = log.get(PREFIX + id)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredJob)
}

/** Writes a job down under its identity, with which its topics end. */
export function storeJob(transaction: LogTransaction, job: LiveJob, id: string): void {
  const stored: StoredJob = {
    id,
    jobName: `${job.name} ${id}`,
    sources: [...job.sources].map(([name, source]) => [name, source]),
    views: job.views.map(({ plan, late, ...view }) => ({
      ...view,
      topic: topicOf(view.topic, id),
      ...(late === undefined ? {} : { late: { ...late, topic: topicOf(late.topic, id) } }),
      plan: plan.plan,
      columns: plan.output.fields.map(({ name }) => name),
    })),
  }
  transaction.put(PREFIX + id, Buffer.from(JSON.stringify(stored)))
}

export function removeJob(transaction: LogTransaction, id: string): void {
  transaction.remove(PREFIX + id)
}

/** A topic of rows of one job. */
export function topicOf(topic: string, id: string): string {
  return `${topic}.${id}`
}

/** The topics that a job writes. */
export function writtenTopics({ views }: StoredJob): readonly string[] {
  return views.flatMap(({ topic, late }) => (late === undefined ? [topic] : [topic, late.topic]))
}

/** Where the rows of some of a job's views go. */
export function relayPlaces({ views }: StoredJob, names: readonly string[]): readonly RelayPlace[] {
  return views
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, topic, late }) => [
      { from: topic, to: name },
      ...(late === undefined ? [] : [{ from: late.topic, to: lateTopicOf(name) }]),
    ])
}

/** The statements of a job that was written down, for the servers as they are entered now. */
export function storedStatements(
  { id, sources, views, jobName }: StoredJob,
  servers: Pick<LiveJob, 'brokers' | 'properties'>,
): ReturnType<typeof liveStatements> {
  return liveStatements({
    ...servers,
    name: jobName.slice(0, -id.length - 1),
    identity: id,
    sources: new Map<string, LiveSource>(sources),
    views: views.map(({ plan, columns: _, ...view }) => ({ ...view, plan: checkPlan(plan) })),
  })
}

import type { Field } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import type { FlinkProject } from './flink-job.ts'
import type { SharedTopic } from './job-share.ts'
import { activeJobs, jobsState } from './jobs-state.ts'
import { type StoredJob, type StoredView, storedJob, topicOf } from './stored-job.ts'

/** A topic of the log with rows that jobs on Flink make. */
export interface ViewTopic extends Omit<SharedTopic, 'job'> {
  readonly partitions: number
  readonly fields: readonly Field[]
  readonly key: readonly string[]
}

/** The topic on Kafka in which one job says such rows. */
export interface RelayedTopic extends ViewTopic {
  readonly job: string
  readonly from: string
}

/** Where the jobs of a log say rows of a project's views, in the columns that the project gives them: null where a job knows nothing of one. */
export function relayedTopics(log: Pick<EventLog, 'get'>, { topics }: FlinkProject): readonly RelayedTopic[] {
  const state = jobsState(log)
  const jobs = state === undefined ? [] : activeJobs(state).flatMap((id) => storedJob(log, id) ?? [])
  return jobs.flatMap((job) => topics.flatMap((topic) => relayedFrom(topic, job)))
}

function relayedFrom(topic: ViewTopic, { id, views }: StoredJob): readonly RelayedTopic[] {
  const view = views.find(({ name }) => name === topic.view)
  const known = view === undefined ? undefined : columnsOf(view, topic.kind)
  if (known === undefined) return []
  const fields = topic.fields.map((field) => (field.name.startsWith('_') || known.has(field.name) ? field : { ...field, nullable: true }))
  return [{ ...topic, fields, job: id, from: topicOf(topic.base, id) }]
}

function columnsOf({ columns, late }: StoredView, kind: ViewTopic['kind']): ReadonlySet<string> | undefined {
  if (kind === 'late') return late === undefined ? undefined : new Set(late.fields.map(({ name }) => name))
  return new Set(columns)
}

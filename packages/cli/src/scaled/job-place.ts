import type { EventLog } from '@millrace/core'
import type { KafkaConnection } from '@millrace/log-kafka'
import { JobTopics } from './job-topics.ts'
import { activeJobs, type JobRole, jobsState, roleOf } from './jobs-state.ts'
import { type StoredJob, storedJob } from './stored-job.ts'

/** What a job is to its environment. */
export interface JobPlace {
  /** Null: a job that the state folder knows nothing of. */
  readonly role: JobRole | null
  /** Of one that is to take over: records, about, that the current job has read and it has not. */
  readonly behind: number | null
}

export const NO_PLACE: JobPlace = { role: null, behind: null }

/** The places of the jobs that a log knows of, by identity. */
export async function jobPlaces(log: Pick<EventLog, 'get'>, connection: KafkaConnection): Promise<ReadonlyMap<string, JobPlace>> {
  const state = jobsState(log)
  if (state === undefined) return new Map()
  const places = new Map<string, JobPlace>()
  for (const id of [...activeJobs(state), ...state.leaving]) places.set(id, { role: roleOf(state, id) ?? null, behind: null })
  if (state.next !== null) {
    const [next, current] = [state.next, state.current].map((id) => storedJob(log, id) as StoredJob)
    places.set(state.next, { role: 'next', behind: await new JobTopics(connection).behind(next, current) })
  }
  return places
}

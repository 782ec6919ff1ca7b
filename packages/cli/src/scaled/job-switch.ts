import { checkPlan, type EventLog, type LogTransaction, userError } from '@millrace/core'
import { type JobStatus, type LiveJobs, outputDelayMs } from '@millrace/engine-flink'
import { lateTopicOf } from '@millrace/engine-stream'
import { relayKey, relayProgress } from '@millrace/log-kafka'
import { cutBehind } from './job-share.ts'
import { isForwarded, type JobTopics, streamEnds, type TopicEnds } from './job-topics.ts'
import { type Cut, endedJobs, forgottenJobs, type JobsState, jobsState, putJobsState, switchedJobs } from './jobs-state.ts'
import type { KeptJob } from './kept-job.ts'
import { forgetResumePoint, resumePoint } from './resume-point.ts'
import { relayPlaces, removeJob, type StoredJob, type StoredView } from './stored-job.ts'
import { streamMoment } from './stream-moment.ts'

export interface JobSwitchOptions {
  readonly log: Pick<EventLog, 'get' | 'transact' | 'range' | 'position'>
  readonly jobs: LiveJobs
  readonly topics: JobTopics
  /** Names positions of the streams on Kafka. */
  readonly carrier: string
  readonly stored: (id: string) => StoredJob
  readonly kept: (id: string) => KeptJob
}

/** How far the ending job has to read before it has said the last word. */
interface Goal {
  readonly job: string
  readonly streams: TopicEnds
  topics: TopicEnds | undefined
}

/** Before every time that a record may have. */
const NO_TIME = -8.64e15

/**
 * Changes over from one job to another, a step at a time:
 *
 * 1. The next job reads the streams from their beginning. Its rows wait.
 * 2. A checkpoint of it has read what the current one has: the cut is made, in one transaction, at the place where ingest is then. Relays take rows
 *    before it from the one job and rows behind it from the other.
 * 3. The ending job goes on until no record to come changes anything before the cut, and it has read all there is by then. It is told to close everything.
 * 4. Its rows are all in the log: it is forgotten with its topics.
 *
 * Each step is found again from the state in the log, whenever this was killed.
 */
export class JobSwitch {
  readonly #options: JobSwitchOptions
  #goal: Goal | undefined
  #behind = 0

  constructor(options: JobSwitchOptions) {
    this.#options = options
  }

  /** Records, about, that the next job has still to read before it takes over. */
  get behind(): number {
    return this.#behind
  }

  async step(state: JobsState, running: readonly JobStatus[]): Promise<void> {
    for (const id of state.leaving) await this.#forget(id, running)
    if (state.ending !== null) return this.#end(state, state.ending, running)
    if (state.next !== null) return this.#takeOver(state, state.next)
  }

  async #takeOver(state: JobsState, next: string): Promise<void> {
    const { stored, kept, topics, log } = this.#options
    const [from, to] = [kept(state.current), kept(next)]
    const [old, own] = [stored(state.current), stored(next)]
    this.#behind = await topics.behind(own, old)
    if (this.#behind > 0 || !to.isRunning || to.figures.records === 0) return
    if (from.isRunning) return this.#cut(next, (transaction, view) => cutNow(transaction, view, old))
    if (!from.isRefused) return
    const records = old.views.filter(({ plan }) => checkPlan(plan).output.stamped).map(({ name }) => name)
    if (records.length > 0) return to.note(noPlace(records, old))
    if (!(await topics.areRelayed(old, namesOf(old), log))) return
    await this.#cut(next, (transaction, view) => cutWhereEnded(transaction, view, old), endedJobs)
  }

  #cut(
    next: string,
    cutOf: (transaction: LogTransaction, view: StoredView) => Cut,
    then: (state: JobsState) => JobsState = (state) => state,
  ): Promise<void> {
    const { views } = this.#options.stored(next)
    const view = (name: string): StoredView => views.find((one) => one.name === name) as StoredView
    return this.#change((state, transaction) => {
      if (state.next !== next) return state
      const names = views.map(({ name }) => name)
      return then(switchedJobs(state, names, (name) => cutOf(transaction, view(name))))
    })
  }

  async #end(state: JobsState, ending: string, running: readonly JobStatus[]): Promise<void> {
    const { stored, topics, log } = this.#options
    const job = stored(ending)
    if (!state.stopping) {
      if (!(await this.#hasSaidAll(state, job))) return
      await this.#change((now) => (now.ending === ending ? { ...now, stopping: true } : now))
    }
    if (!(await this.#isFinished(job, running))) return
    if (!(await topics.areRelayed(job, Object.keys(state.takes[ending] ?? {}), log))) return
    await this.#change((now) => (now.ending === ending ? endedJobs(now) : now))
  }

  /** Whether nothing that the job has not read yet changes what it says before the cut. */
  async #hasSaidAll(state: JobsState, job: StoredJob): Promise<boolean> {
    const { log, carrier, topics } = this.#options
    if (!job.views.every((view) => isFinal(log, view, state.takes[job.id]?.[view.name]?.until ?? null))) return false
    if (this.#goal?.job !== job.id) this.#goal = { job: job.id, streams: streamEnds(log, job), topics: undefined }
    if (!isForwarded(log, carrier, this.#goal.streams)) return false
    this.#goal.topics ??= await topics.ends(job)
    return resumePoint(log, job.jobName) !== undefined && (await topics.hasRead(job, this.#goal.topics))
  }

  /**
   * Tells the job to close everything, and says whether it has. A job that nobody knows of any more is begun once again from its last checkpoint: had it
   * finished, Flink would have deleted that, and it fails.
   */
  async #isFinished(job: StoredJob, running: readonly JobStatus[]): Promise<boolean> {
    const { jobs, kept } = this.#options
    const last = await jobs.latest(job.jobName)
    if (last?.state === 'FINISHED') return true
    if (last?.state === 'RUNNING') {
      await jobs.finish(last.id)
      return true
    }
    const again = kept(job.id)
    await again.look(running)
    return again.hasNoCheckpoint
  }

  async #forget(id: string, running: readonly JobStatus[]): Promise<void> {
    const { stored, jobs, topics } = this.#options
    const job = stored(id)
    const left = running.filter(({ name }) => name === job.jobName)
    for (const one of left) await jobs.cancel(one.id)
    if (left.length > 0) return
    await topics.forget(job)
    await this.#change((state, transaction) => {
      removeJob(transaction, id)
      forgetResumePoint(transaction, job.jobName)
      for (const place of relayPlaces(job, namesOf(job))) transaction.remove(relayKey(place))
      return forgottenJobs(state, id)
    })
  }

  async #change(change: (state: JobsState, transaction: LogTransaction) => JobsState): Promise<void> {
    await this.#options.log.transact((transaction) => {
      const state = jobsState(transaction)
      if (state !== undefined) putJobsState(transaction, change(state, transaction))
    })
  }
}

/** Partitions are read at different paces: what a job gave of records ends at no one place. */
function noPlace(records: readonly string[], { jobName }: StoredJob): Error {
  const names = records.map((name) => `\`${name}\``).join(', ')
  return userError(
    'environment/no-place',
    `The job before this one has failed for good, and gave records of ${names} as they came: there is no place from which another job could go on.`,
    {
      asked: records,
      found: jobName,
      do: 'Bring the former definitions back and mend what the job failed at, start over with `--reset`, or use another environment (`--env NAME`).',
    },
  )
}

function namesOf({ views }: StoredJob): readonly string[] {
  return views.map(({ name }) => name)
}

function streamsOf({ plan }: StoredView): readonly string[] {
  return plan.sources.map(({ name }) => name)
}

/** Whether records to come change nothing before a cut. */
function isFinal(log: Pick<EventLog, 'get'>, view: StoredView, cut: Cut | null): boolean {
  return cut === null || streamMoment(log, streamsOf(view)).time >= cut.time + outputDelayMs(view.plan)
}

/** Where ingest is, or behind the rows that joins gave ahead of it. */
function cutNow(transaction: LogTransaction, view: StoredView, old: StoredJob): Cut {
  const now = streamMoment(transaction, streamsOf(view))
  const [rows] = relayPlaces(old, [view.name])
  const note = rows === undefined ? undefined : relayProgress(transaction, rows)?.note
  return { ...now, time: Math.max(now.time, note === undefined ? NO_TIME : cutBehind(note).time) }
}

/** Right behind what a job gave before it failed. Its checkpoints are consistent, so all rows up to the last one are there. */
function cutWhereEnded(transaction: LogTransaction, view: StoredView, old: StoredJob): Cut {
  const places = relayPlaces(old, [view.name])
  const noteOf = (to: string) => {
    const place = places.find((one) => one.to === to)
    return place === undefined ? undefined : relayProgress(transaction, place)?.note
  }
  const [rows, late] = [noteOf(view.name), noteOf(lateTopicOf(view.name))]
  return {
    time: rows === undefined ? NO_TIME : cutBehind(rows).time,
    arrivals: { ...(rows === undefined ? {} : cutBehind(rows).arrivals), ...(late === undefined ? {} : cutBehind(late).arrivals) },
  }
}

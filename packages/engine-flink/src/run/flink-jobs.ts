import { setTimeout as sleep } from 'node:timers/promises'
import { operatingError } from '@millrace/core'
import { reasonsOf } from './gateway-failure.ts'
import { type Call, callServer } from './http-call.ts'

export type JobState =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'RESTARTING'
  | 'SUSPENDED'
  | 'RECONCILING'

/** How old the details of a job may be, generously, and how often they are looked at. */
const DETAILS_MS_MAX = 30_000
const DETAILS_LOOK_MS = 250

/** States that a job does not leave any more. */
export const ENDED: ReadonlySet<JobState> = new Set(['FINISHED', 'FAILED', 'CANCELED', 'SUSPENDED'])

export interface JobStatus {
  readonly id: string
  readonly name: string
  readonly state: JobState
  /** Epoch ms. */
  readonly startedAt: number
}

export interface CheckpointStatus {
  readonly completed: number
  readonly failed: number
  /** The last one that was completed. */
  readonly last: { readonly id: number; readonly path: string | undefined; readonly endedAt: number; readonly bytes: number } | undefined
  /** How many failed in a row since that one, or since the one that the job was begun from, and why the last of them did. */
  readonly failing: { readonly inARow: number; readonly reason: string | undefined }
}

export interface ClusterStatus {
  readonly version: string
  readonly taskManagers: number
  readonly slots: number
  readonly freeSlots: number
}

/** How long to wait for a job, and what to put up with. */
export interface WaitOptions {
  /** Longest time for the job as a whole, ms. */
  readonly jobMsMax: number
  /** Restarts after which the job is cancelled and reported. */
  readonly restartsMax: number
}

/** Longest time a job may wait for slots before it is given up, ms. */
const SLOT_WAIT_MS_MAX = 60_000
const POLL_MS = 50
/** Longest time that a savepoint may take, ms. */
const SAVEPOINT_MS_MAX = 600_000

/** The REST API of a Flink JobManager, as far as we use it. */
export class FlinkJobs {
  readonly #url: string

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '')
  }

  async cluster(): Promise<ClusterStatus> {
    const found = (await this.#get('/overview')) as Readonly<Record<string, number | string>>
    return {
      version: String(found['flink-version']),
      taskManagers: Number(found.taskmanagers),
      slots: Number(found['slots-total']),
      freeSlots: Number(found['slots-available']),
    }
  }

  async jobs(): Promise<readonly JobStatus[]> {
    const { jobs } = (await this.#get('/jobs/overview')) as { readonly jobs: readonly Readonly<Record<string, unknown>>[] }
    return jobs.map((job) => ({
      id: String(job.jid),
      name: String(job.name),
      state: job.state as JobState,
      startedAt: Number(job['start-time']),
    }))
  }

  async state(job: string): Promise<JobState> {
    return ((await this.#get(`/jobs/${job}/status`)) as { readonly status: JobState }).status
  }

  /** Seconds from when all of an ended job's tasks ran to its end. The details of a job are some seconds old, its state is not. */
  async runningSeconds(job: string): Promise<number> {
    for (let waited = 0; ; waited += DETAILS_LOOK_MS) {
      const { timestamps } = (await this.#get(`/jobs/${job}`)) as { readonly timestamps: Readonly<Record<JobState, number>> }
      if (timestamps.FINISHED > 0) return (timestamps.FINISHED - timestamps.RUNNING) / 1000
      if (waited >= DETAILS_MS_MAX)
        throw operatingError('engine/no-details', `Flink does not say when job ${job} ended.`, { asked: job, found: timestamps })
      await sleep(DETAILS_LOOK_MS)
    }
  }

  /** What the job failed at last, the deepest reason last. */
  async reasons(job: string): Promise<readonly string[]> {
    const { exceptionHistory } = (await this.#get(`/jobs/${job}/exceptions?maxExceptions=1`)) as {
      readonly exceptionHistory?: { readonly entries: readonly { readonly stacktrace: string }[] }
    }
    return reasonsOf(exceptionHistory?.entries[0]?.stacktrace ?? '')
  }

  async restarts(job: string): Promise<number> {
    const found = (await this.#get(`/jobs/${job}/metrics?get=numRestarts`)) as readonly { readonly value: string }[]
    return Number(found[0]?.value ?? 0)
  }

  async checkpoints(job: string): Promise<CheckpointStatus> {
    const { counts, latest } = (await this.#get(`/jobs/${job}/checkpoints`)) as {
      readonly counts: { readonly completed: number; readonly failed: number }
      readonly latest: Readonly<Partial<Record<'completed' | 'failed' | 'restored', Readonly<Record<string, unknown>> | null>>>
    }
    const last = latest.completed ?? undefined
    const idOf = (one: Readonly<Record<string, unknown>> | null | undefined): number => Number(one?.id ?? 0)
    const before = Math.max(idOf(latest.completed), idOf(latest.restored))
    const reason = latest.failed?.failure_message
    return {
      completed: counts.completed,
      failed: counts.failed,
      last:
        last === undefined
          ? undefined
          : {
              id: Number(last.id),
              path: last.external_path === undefined ? undefined : String(last.external_path),
              endedAt: Number(last.latest_ack_timestamp),
              bytes: Number(last.state_size),
            },
      failing: { inARow: Math.max(0, idOf(latest.failed) - before), reason: typeof reason === 'string' ? reason : undefined },
    }
  }

  async cancel(job: string): Promise<void> {
    await this.#call({ method: 'PATCH', path: `/jobs/${job}?mode=cancel` })
  }

  /**
   * Stops a job behind a savepoint. Unless it is drained, what has not ended stays open.
   *
   * @returns where the savepoint lies
   */
  async stopWithSavepoint(
    job: string,
    { folder, drain = false }: { readonly folder?: string | undefined; readonly drain?: boolean } = {},
  ): Promise<string> {
    const body = { drain, formatType: 'CANONICAL', ...(folder === undefined ? {} : { targetDirectory: folder }) }
    const started = (await this.#call({ method: 'POST', path: `/jobs/${job}/stop`, body })) as { readonly 'request-id': string }
    const deadline = Date.now() + SAVEPOINT_MS_MAX
    for (;;) {
      const { status, operation } = (await this.#get(`/jobs/${job}/savepoints/${started['request-id']}`)) as SavepointProgress
      if (operation?.location !== undefined) return operation.location
      if (status.id === 'COMPLETED' || Date.now() > deadline) throw noSavepoint(job, operation?.['failure-cause']?.['stack-trace'])
      await pause()
    }
  }

  /** Deletes a savepoint. It is not waited for. */
  async dispose(savepoint: string): Promise<void> {
    await this.#call({ method: 'POST', path: '/savepoint-disposal', body: { 'savepoint-path': savepoint } })
  }

  /** Waits until a bounded job has finished. One that fails, restarts too often, finds no slots or takes too long is cancelled and reported. */
  async finished(job: string, { jobMsMax, restartsMax }: WaitOptions): Promise<void> {
    const started = Date.now()
    let startedRunning = false
    for (;;) {
      const state = await this.state(job)
      if (state === 'FINISHED') return
      if (ENDED.has(state)) throw await this.#ended(job, state)
      startedRunning ||= state === 'RUNNING' && (await this.#hasSlots(job))
      const waited = Date.now() - started
      const complaint = await this.#complaint(job, { state, waited, startedRunning, jobMsMax, restartsMax })
      if (complaint !== undefined) {
        await this.cancel(job)
        throw complaint
      }
      await pause()
    }
  }

  async #ended(job: string, state: JobState): Promise<Error> {
    const reasons = await this.reasons(job)
    return reasons.some((reason) => reason.includes('NoResourceAvailable'))
      ? noSlots(job, await this.cluster())
      : failed(job, state, reasons)
  }

  async #complaint(
    job: string,
    now: WaitOptions & { readonly state: JobState; readonly waited: number; readonly startedRunning: boolean },
  ): Promise<Error | undefined> {
    if (now.state === 'RESTARTING' && (await this.restarts(job)) >= now.restartsMax)
      return failed(job, `restarted ${now.restartsMax} times`, await this.reasons(job))
    if (!now.startedRunning && now.waited > SLOT_WAIT_MS_MAX) return noSlots(job, await this.cluster(), SLOT_WAIT_MS_MAX)
    return now.waited > now.jobMsMax ? tooLong(job, now.jobMsMax) : undefined
  }

  async #hasSlots(job: string): Promise<boolean> {
    const { vertices } = (await this.#get(`/jobs/${job}`)) as { readonly vertices: readonly { readonly status: string }[] }
    // The later stages of a batch job wait for the earlier ones, not for slots.
    return vertices.some(({ status }) => status !== 'CREATED' && status !== 'SCHEDULED')
  }

  #get(path: string): Promise<unknown> {
    return this.#call({ method: 'GET', path })
  }

  #call({ path, ...rest }: { readonly method: Call['method']; readonly path: string; readonly body?: unknown }): Promise<unknown> {
    return callServer({ ...rest, url: this.#url + path, server: 'Flink JobManager' })
  }
}

interface SavepointProgress {
  readonly status: { readonly id: string }
  readonly operation?: { readonly location?: string; readonly 'failure-cause'?: { readonly 'stack-trace'?: string } }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

function failed(job: string, state: string, reasons: readonly string[]): Error {
  return operatingError('engine/job-failed', `Flink job ${job} has ${state.toLowerCase()}: ${reasons.at(-1) ?? 'no reason is given'}`, {
    asked: job,
    found: reasons,
    do: "Read the logs of the cluster's JobManager and TaskManagers.",
  })
}

function noSlots(job: string, { slots, freeSlots, taskManagers }: ClusterStatus, waitedMs?: number): Error {
  const waited = waitedMs === undefined ? '' : ` within ${waitedMs / 1000} s`
  return operatingError('engine/no-slots', `Flink job ${job} found no task slots${waited}.`, {
    asked: job,
    found: { slots, free_slots: freeSlots, task_managers: taskManagers },
    do: 'Start more TaskManagers, or stop other jobs.',
  })
}

function tooLong(job: string, ms: number): Error {
  return operatingError('engine/too-slow', `Flink job ${job} has not finished within ${ms / 1000} s.`, {
    asked: job,
    do: 'Give it more time, or look for a source that does not end: a topic whose partitions all read nothing.',
  })
}

function noSavepoint(job: string, trace = ''): Error {
  return operatingError(
    'engine/no-savepoint',
    `Flink job ${job} could not be stopped with a savepoint: ${reasonsOf(trace).at(-1) ?? 'it took too long'}`,
    {
      asked: job,
      found: reasonsOf(trace),
      do: 'See that the savepoint folder can be written and has room; the job may still run.',
    },
  )
}

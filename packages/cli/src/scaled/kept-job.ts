import { type EventLog, MillraceError } from '@millrace/core'
import type { JobStatus, LiveJobStatus, LiveJobs, LiveStatements } from '@millrace/engine-flink'
import type { CarrierFigures } from './kafka-message.ts'
import { noteResumePoint, resumePoint } from './resume-point.ts'

export interface KeptJobOptions {
  readonly log: Pick<EventLog, 'get' | 'transact'>
  readonly jobs: LiveJobs
  readonly statements: LiveStatements
  /** Creates the topics that the job writes, and looks whether those are there that it reads. */
  readonly ready: () => Promise<void>
}

const RETRY_MS = 1_000
const RETRY_MS_MAX = 15_000
/** Checkpoints that fail in a row until it is told: the first ones often come before all tasks run. */
const FAILED_IN_A_ROW = 3

/** Keeps one job running: adopts it when it does, begins it when it is not there, from where it was last, and says so when it has failed for good. */
export class KeptJob {
  readonly #options: KeptJobOptions
  #state: CarrierFigures['state'] = 'starting'
  #failures = 0
  #lastError: MillraceError | undefined
  #unwell: string | undefined
  #job: LiveJobStatus | undefined
  #begun: string | undefined
  #noted: string | undefined
  #retryAt = 0

  constructor(options: KeptJobOptions) {
    this.#options = options
    this.#noted = resumePoint(options.log, this.jobName)?.path
  }

  get jobName(): string {
    return this.#options.statements.jobName
  }

  /** Checkpoints that were completed stand for its records. */
  get figures(): Omit<CarrierFigures, 'name' | 'waiting'> {
    return {
      state: this.#state,
      records: this.#job?.checkpoints ?? 0,
      failures: this.#failures,
      lastError: this.#lastError?.message ?? this.#unwell,
    }
  }

  /** Whether it has failed for good and is not begun again. */
  get isRefused(): boolean {
    return this.#state === 'refused'
  }

  /** Whether it cannot go on because Flink has deleted its checkpoints, as it does when a job has finished. */
  get hasNoCheckpoint(): boolean {
    return this.isRefused && this.#lastError?.code === 'engine/no-checkpoint'
  }

  /** Whether it runs, as it was last looked at. */
  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Looks after it once; `running` are the jobs that run. Never rejects for a failure of a server. */
  async look(running: readonly JobStatus[]): Promise<void> {
    if (this.isRefused || Date.now() < this.#retryAt) return
    try {
      await this.#look(running)
    } catch (error) {
      this.note(error)
    }
  }

  /** Takes note of a failure that has to do with it. */
  note(error: unknown): void {
    if (!(error instanceof MillraceError)) throw error
    this.#failures++
    this.#lastError = error
    this.#state = error.family === 'operating' || error.code === 'kafka/no-topic' ? 'retrying' : 'refused'
    this.#retryAt = Date.now() + Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MS_MAX)
  }

  stop(): void {
    if (!this.isRefused) this.#state = 'stopped'
  }

  async #look(running: readonly JobStatus[]): Promise<void> {
    const { jobs } = this.#options
    const [mine, ...doubles] = running.filter(({ name }) => name === this.jobName)
    for (const double of doubles) await jobs.cancel(double.id)
    if (mine === undefined) return this.#begin()
    this.#begun = mine.id
    this.#job = await jobs.status(mine)
    await this.#noteCheckpoint(this.#job)
    this.#unwell = complaintOf(this.#job)
    this.#state = this.#unwell === undefined ? 'running' : 'retrying'
    this.#failures = this.#unwell === undefined ? 0 : Math.max(1, this.#job.restarts)
    this.#lastError = undefined
  }

  async #begin(): Promise<void> {
    const { jobs, log, ready, statements } = this.#options
    const failure = this.#begun === undefined ? undefined : await jobs.failure(this.#begun)
    this.#begun = undefined
    if (failure !== undefined) throw failure
    await ready()
    // The gateway may plan for a minute, and nothing is wrong meanwhile.
    this.#state = 'starting'
    this.#lastError = undefined
    this.#begun = await jobs.start(statements, resumePoint(log, this.jobName))
  }

  async #noteCheckpoint({ name, checkpoint }: LiveJobStatus): Promise<void> {
    const path = checkpoint?.path
    if (path === undefined || path === this.#noted) return
    await this.#options.log.transact((transaction) => noteResumePoint(transaction, { jobName: name, path }))
    this.#noted = path
  }
}

/** What is wrong with a job that is there; undefined when nothing is. */
function complaintOf({ state, reason, failing }: LiveJobStatus): string | undefined {
  const because = (text: string | undefined): string => (text === undefined ? '' : `: ${text}`)
  if (state !== 'RUNNING') return `The job is ${state.toLowerCase()}${because(reason)}`
  if (failing.inARow < FAILED_IN_A_ROW) return undefined
  return `No rows come, as ${failing.inARow} checkpoints in a row have failed${because(failing.reason)} See that Flink can write to its checkpoint folder, and that there is room.`
}

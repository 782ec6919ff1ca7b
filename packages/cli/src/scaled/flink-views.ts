import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog, MillraceError, userError } from '@millrace/core'
import { type JobStatus, type LiveJob, LiveJobs } from '@millrace/engine-flink'
import type { KafkaConnection } from '@millrace/log-kafka'
import type { FlinkPlace } from '../project/environment-rules.ts'
import { JobSwitch } from './job-switch.ts'
import { JobTopics } from './job-topics.ts'
import { activeJobs, type JobRole, type JobsState, jobsState, roleOf } from './jobs-state.ts'
import type { CarrierFigures } from './kafka-message.ts'
import { KeptJob } from './kept-job.ts'
import { type StoredJob, storedJob, storedStatements } from './stored-job.ts'

export interface FlinkViewsOptions {
  readonly log: Pick<EventLog, 'get' | 'transact' | 'range' | 'position'>
  readonly flink: FlinkPlace
  readonly connection: KafkaConnection
  /** What the jobs of the environment are called, before their identities; how brokers are entered. */
  readonly servers: Pick<LiveJob, 'name' | 'brokers' | 'properties'>
  /** Names positions of the streams on Kafka. */
  readonly carrier: string
  /** Partitions of the topics that jobs write. */
  readonly partitions: number
}

const LOOK_MS = 1_000
const RETRY_MS_MAX = 15_000
const NAMES: Readonly<Record<Exclude<JobRole, 'leaving'>, string>> = {
  current: 'views on Flink',
  next: 'changed views on Flink',
  ending: 'previous views on Flink',
}

/** Sees to it that the jobs of an environment's views run, and that a changed one takes over. The jobs themselves go on when this ends. */
export class FlinkViews {
  readonly #options: FlinkViewsOptions
  readonly #jobs: LiveJobs
  readonly #topics: JobTopics
  readonly #kept = new Map<string, KeptJob>()
  readonly #switch: JobSwitch
  #refusal: string | undefined
  #failures = 0
  #lastError: string | undefined

  constructor(options: FlinkViewsOptions) {
    const { log, connection, carrier } = options
    this.#options = options
    this.#jobs = new LiveJobs(options.flink)
    this.#topics = new JobTopics(connection)
    const [stored, kept] = [(id: string) => this.#stored(id), (id: string) => this.#keptJob(id)]
    this.#switch = new JobSwitch({ log, jobs: this.#jobs, topics: this.#topics, carrier, stored, kept })
  }

  /** For the page: how the jobs are, the checkpoints that they completed, and what one that is to take over has still to read. */
  get figures(): readonly CarrierFigures[] {
    const state = this.#state
    return activeJobs(state).map((id) => {
      const role = roleOf(state, id) as keyof typeof NAMES
      const figures = { name: NAMES[role], ...this.#keptJob(id).figures, waiting: role === 'next' ? this.#switch.behind : 0 }
      if (role !== 'current') return figures
      if (this.#refusal !== undefined) return { ...figures, state: 'refused', lastError: this.#refusal }
      return this.#failures === 0 ? figures : { ...figures, state: 'retrying', failures: this.#failures, lastError: this.#lastError }
    })
  }

  /** Looks after the jobs until `signal`, or until all is refused. Never rejects for a failure of a server. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#refusal === undefined) {
      try {
        await this.#look()
        this.#failures = 0
      } catch (error) {
        this.#note(error)
      }
      await sleep(Math.min(LOOK_MS * 2 ** this.#failures, RETRY_MS_MAX), undefined, { signal }).catch(() => {})
    }
    for (const job of this.#kept.values()) job.stop()
  }

  async #look(): Promise<void> {
    const state = this.#state
    const running = await this.#jobs.running(this.#options.servers.name)
    this.#refuseOthers(state, running)
    for (const id of activeJobs(state)) if (id !== state.ending || !state.stopping) await this.#keptJob(id).look(running)
    await this.#switch.step(state, running)
  }

  get #state(): JobsState {
    return jobsState(this.#options.log) as JobsState
  }

  #stored(id: string): StoredJob {
    return storedJob(this.#options.log, id) as StoredJob
  }

  #keptJob(id: string): KeptJob {
    const known = this.#kept.get(id)
    if (known !== undefined) return known
    const { log, servers, partitions } = this.#options
    const job = this.#stored(id)
    const made = new KeptJob({
      log,
      jobs: this.#jobs,
      statements: storedStatements(job, servers),
      ready: () => this.#topics.ready(job, partitions),
    })
    this.#kept.set(id, made)
    return made
  }

  /** Jobs of the environment that this log knows nothing of are another state folder's: both would write and read the same topics. */
  #refuseOthers(state: JobsState, running: readonly JobStatus[]): void {
    const { name } = this.#options.servers
    const known = new Set([...activeJobs(state), ...state.leaving].map((id) => `${name} ${id}`))
    const others = running.filter((job) => !known.has(job.name))
    if (others.length === 0) return
    throw userError(
      'environment/other-jobs',
      `Flink runs views of this environment that this state folder knows nothing of: job${others.length > 1 ? 's' : ''} ${others.map(({ id }) => id).join(', ')}.`,
      {
        asked: name,
        found: others.map((job) => job.name),
        do: 'Go on with the state folder that began them (`--state`), use another environment (`--env NAME`), or start over with `--reset`, which ends them.',
      },
    )
  }

  #note(error: unknown): void {
    if (!(error instanceof MillraceError)) throw error
    this.#failures++
    this.#lastError = error.message
    if (error.code === 'environment/other-jobs') this.#refusal = error.message
  }
}

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MillraceError, operatingError, userError } from '@millrace/core'
import { type CheckpointStatus, type ClusterStatus, FlinkJobs, type JobState, type JobStatus } from '../run/flink-jobs.ts'
import { GatewaySession } from '../run/sql-gateway.ts'
import type { LiveStatements } from './live-job.ts'

/** A Flink cluster, and how jobs run on it. */
export interface LiveCluster {
  readonly gateway: string
  readonly jobManager: string
  readonly parallelism: number
  readonly checkpointEveryMs: number
  readonly savepoints?: string | undefined
  /** Restarts within ten minutes after which a job fails for good. */
  readonly restartsMax: number
}

/** Where a job of some plans can be taken up again: a savepoint, or a checkpoint that was kept. */
export interface ResumePoint {
  readonly jobName: string
  readonly path: string
}

/** How a job of an environment fares. */
export interface LiveJobStatus {
  readonly id: string
  readonly name: string
  readonly state: JobState
  readonly startedAt: number
  readonly checkpoints: number
  /** Of the last checkpoint that was completed. */
  readonly checkpoint: { readonly path: string | undefined; readonly endedAt: number; readonly bytes: number } | undefined
  readonly restarts: number
  /** Checkpoints that failed in a row until now, and why the last one did. */
  readonly failing: CheckpointStatus['failing']
  /** What it failed at last. */
  readonly reason: string | undefined
}

/** Checkpoints in a row that may fail before the job does: as many as Flink can count, since a job that begins anew fares no better. */
const FAILED_CHECKPOINTS_MAX = 2 ** 31 - 1

const ACTIVE: ReadonlySet<JobState> = new Set(['INITIALIZING', 'CREATED', 'RUNNING', 'RESTARTING', 'FAILING', 'RECONCILING'])

/** Jobs over streams without end on one cluster. */
export class LiveJobs {
  readonly #cluster: LiveCluster
  readonly #flink: FlinkJobs

  constructor(cluster: LiveCluster) {
    this.#cluster = cluster
    this.#flink = new FlinkJobs(cluster.jobManager)
  }

  /** The jobs of a name that run, of whatever plans. */
  async running(name: string): Promise<readonly JobStatus[]> {
    return (await this.#flink.jobs()).filter((job) => job.name.startsWith(`${name} `) && ACTIVE.has(job.state))
  }

  /**
   * Begins a job: from where it can be taken up again when that is of the same plans, else from the beginning of its topics.
   *
   * @returns the job's id
   * @throws user `engine/no-checkpoint` where that is not there any more
   */
  async start({ jobName, definitions, job, settings }: LiveStatements, from: ResumePoint | undefined): Promise<string> {
    const { gateway } = this.#cluster
    const session = await GatewaySession.open(gateway, { ...settings, ...this.#settings(jobName, from) })
    try {
      for (const statement of definitions) await session.run(statement)
      const { jobId } = await session.run(job)
      if (jobId === undefined)
        throw operatingError('engine/no-job', 'Flink began no job for the statements of the views.', { asked: jobName })
      return jobId
    } catch (error) {
      throw error instanceof MillraceError && error.message.includes(NO_CHECKPOINT) ? noCheckpoint(jobName, from, error) : error
    } finally {
      await session.close()
    }
  }

  /** Why a job failed for good, if it did: to be mended before it is begun again, unless it found no task slots. */
  async failure(id: string): Promise<Error | undefined> {
    const job = (await this.#flink.jobs()).find((one) => one.id === id)
    if (job?.state !== 'FAILED') return undefined
    const reasons = await this.#flink.reasons(id)
    if (reasons.some((reason) => reason.includes('NoResourceAvailable'))) return noSlots(job, await this.#flink.cluster())
    return userError('engine/job-failed', `Flink job ${id} has failed for good: ${reasons.at(-1) ?? 'no reason is given'}`, {
      asked: job.name,
      found: reasons,
      do: 'Mend what it failed at (the logs of the TaskManagers tell more), then start anew: it goes on from its last checkpoint.',
    })
  }

  /** Stops a job behind a savepoint. */
  async stop({ id, name }: Pick<JobStatus, 'id' | 'name'>): Promise<ResumePoint> {
    return { jobName: name, path: await this.#flink.stopWithSavepoint(id, { folder: this.#cluster.savepoints }) }
  }

  /** Ends a job for good: every window closes with what it holds, and all rows are out when this is done. */
  async finish(id: string): Promise<void> {
    const savepoint = await this.#flink.stopWithSavepoint(id, { folder: this.#cluster.savepoints, drain: true })
    await this.#flink.dispose(savepoint)
  }

  /** How the last job of this very name ended or fares, as long as the cluster knows of it. */
  async latest(jobName: string): Promise<JobStatus | undefined> {
    const all = (await this.#flink.jobs()).filter(({ name }) => name === jobName)
    return all.toSorted((a, b) => b.startedAt - a.startedAt)[0]
  }

  cancel(id: string): Promise<void> {
    return this.#flink.cancel(id)
  }

  async status({ id, name, state, startedAt }: JobStatus): Promise<LiveJobStatus> {
    const [checkpoints, restarts, reasons] = await Promise.all([
      this.#flink.checkpoints(id),
      this.#flink.restarts(id),
      this.#flink.reasons(id),
    ])
    return {
      id,
      name,
      state,
      startedAt,
      checkpoints: checkpoints.completed,
      checkpoint: checkpoints.last,
      restarts,
      failing: checkpoints.failing,
      reason: reasons.at(-1),
    }
  }

  #settings(jobName: string, from: ResumePoint | undefined): Readonly<Record<string, string>> {
    const { parallelism, checkpointEveryMs, restartsMax } = this.#cluster
    return {
      'pipeline.name': jobName,
      'pipeline.object-reuse': 'true',
      'parallelism.default': String(parallelism),
      'execution.checkpointing.interval': `${checkpointEveryMs} ms`,
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
      // A folder that is full or closed for a while holds rows back; it is no reason to compute them again.
      'execution.checkpointing.tolerable-failed-checkpoints': String(FAILED_CHECKPOINTS_MAX),
      'restart-strategy.type': 'failure-rate',
      'restart-strategy.failure-rate.max-failures-per-interval': String(restartsMax),
      'restart-strategy.failure-rate.failure-rate-interval': '10 min',
      'restart-strategy.failure-rate.delay': '1 s',
      ...(from?.jobName === jobName ? { 'execution.state-recovery.path': latestBeside(from.path) } : {}),
    }
  }
}

/** What Flink says of a path at which nothing lies, on whatever file system. */
const NO_CHECKPOINT = 'Cannot find checkpoint or savepoint'

function noCheckpoint(jobName: string, from: ResumePoint | undefined, cause: MillraceError): MillraceError {
  return userError('engine/no-checkpoint', `The job \`${jobName}\` was to go on from ${from?.path}, where Flink finds nothing.`, {
    asked: from?.path,
    found: cause.message,
    do: 'Bring the folder of checkpoints back; without it, start over with `--reset`.',
    cause,
  })
}

function noSlots({ id, name }: JobStatus, { slots, freeSlots, taskManagers }: ClusterStatus): Error {
  return operatingError('engine/no-slots', `Flink job ${id} found no task slots; ${freeSlots} of ${slots} are free.`, {
    asked: name,
    found: { slots, free_slots: freeSlots, task_managers: taskManagers },
    do: 'Start more TaskManagers, or stop other jobs; it is begun again by itself. While a definition changes over, two jobs run.',
  })
}

/**
 * The last checkpoint of the folder that a path is of, where this machine sees it: one that was completed after it was told of, and before
 * the JobManager died, has to be gone on from, since its rows are out.
 */
function latestBeside(path: string): string {
  const match = /^(.*\/)chk-[0-9]+\/?$/.exec(path)
  if (match === null || !path.startsWith('file:')) return path
  const folder = fileURLToPath(match[1].replace(/^file:\/*/, 'file:///'))
  if (!existsSync(folder)) return path
  const complete = readdirSync(folder)
    .filter((name) => /^chk-[0-9]+$/.test(name) && existsSync(join(folder, name, '_metadata')))
    .map((name) => Number(name.slice('chk-'.length)))
  return complete.length === 0 ? path : `${dirname(path.replace(/\/$/, ''))}/chk-${Math.max(...complete)}`
}

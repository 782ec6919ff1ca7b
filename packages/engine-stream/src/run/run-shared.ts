import type { FunctionSource } from '../operator/ordered/map-operator.ts'
import { CommitClock, type Pace } from './commit-clock.ts'
import { JobWorker } from './job-worker.ts'
import { openJob } from './open-job.ts'
import { PartitionShare, type ShareOptions } from './partition-share.ts'
import type { RunLog } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'
import type { StreamJob } from './stream-job.ts'

/** Sleep at the end of the log. */
const IDLE_MS = 5

export interface SharedRequest {
  readonly log: RunLog
  readonly job: StreamJob
  readonly pace: Pace
  readonly share: ShareOptions
  /** Where the functions of maps come from. */
  readonly functionOf?: FunctionSource
  /** Leaves after the present commit. */
  readonly signal: AbortSignal
  /** Whether what was read is to be committed as soon as the end of the log is reached. */
  readonly isHurried?: () => boolean
  /** Called after every durable commit, for each partition that moved. */
  readonly onProgress?: (progress: RunProgress) => void
  /** Called when the partitions that this worker owns have changed. */
  readonly onOwned?: (partitions: readonly number[]) => void
}

/**
 * Runs the views of a job over those partitions of its source that are this worker's among all that share them, until the signal:
 * a partition that comes is gone on with from its committed state, one that goes is committed first, one that was taken is dropped.
 *
 * @throws StreamFault as `runPartitions`, what `mayWrite` throws, and what the log throws
 */
export async function runShared(request: SharedRequest): Promise<void> {
  const run = await SharedRun.open(request)
  while (!request.signal.aborted) await run.step()
  await run.leave()
}

class SharedRun {
  readonly #request: SharedRequest
  readonly #worker: JobWorker
  readonly #share: PartitionShare
  readonly #commit: CommitClock

  private constructor(request: SharedRequest, worker: JobWorker, share: PartitionShare) {
    this.#request = request
    this.#worker = worker
    this.#share = share
    this.#commit = new CommitClock({ ...request, share }, worker)
  }

  static async open(request: SharedRequest): Promise<SharedRun> {
    const { log, job, functionOf } = request
    const open = await openJob(log, job)
    const worker = new JobWorker({ log, job, open, owned: [], mode: 'as_served', clock: () => performance.now(), functionOf })
    const run = new SharedRun(request, worker, new PartitionShare(request.share, { log, topic: job.topic, partitions: open.partitions }))
    await run.#commit.run({ anyway: true })
    return run
  }

  async step(): Promise<void> {
    try {
      if ((await this.#worker.readOn(() => this.#giveWay())) || this.#worker.catchUp()) return
      await this.#giveWay()
      if (this.#isHurried) await this.#commit.run()
    } catch (error) {
      await this.#goOnWithoutLost(error)
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  }

  async leave(): Promise<void> {
    await this.#commit.run({ give: this.#share.held })
    await this.#share.leave()
  }

  get #isHurried(): boolean {
    return this.#request.isHurried?.() === true
  }

  async #giveWay(): Promise<void> {
    if (this.#share.isDue) await this.#rebalance()
    if (this.#commit.isDue()) await this.#commit.run()
    else if (this.#share.isSilent) await this.#commit.run({ anyway: true })
  }

  async #rebalance(): Promise<void> {
    const before = this.#share.held.length
    const { give, take } = this.#share.look()
    if (give.length > 0) await this.#commit.run({ give })
    const taken = take.length > 0 && !this.#request.signal.aborted ? await this.#share.take(take) : []
    this.#worker.own(taken)
    if (taken.length > 0 || this.#share.held.length !== before) this.#request.onOwned?.(this.#share.held)
  }

  /**
   * What failed may have failed because others have gone on where this worker believed to be: then everything is begun again from
   * what is committed, without the partitions that were lost.
   */
  async #goOnWithoutLost(error: unknown): Promise<void> {
    const lost = await this.#request.log.transact((transaction) => this.#share.lost(transaction))
    if (lost.length === 0) throw error
    this.#share.forget(lost)
    this.#worker.disown([...this.#worker.owned])
    this.#worker.own(this.#share.held)
    this.#request.onOwned?.(this.#share.held)
  }
}

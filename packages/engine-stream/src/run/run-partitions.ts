import type { WindowCounters } from '../operator/window-counters.ts'
import { JobWorker, type SourceEnds } from './job-worker.ts'
import { openJob } from './open-job.ts'
import type { RunLog } from './run-log.ts'
import type { RunMode } from './stage-runner.ts'
import { type StageTask, writeCommit } from './stage-task.ts'
import type { StreamJob } from './stream-job.ts'
import { StreamRun } from './stream-run.ts'

/** Output bytes at which a commit is made at once. */
const COMMIT_BYTES_MAX = 8 * 1024 * 1024
/** Longest wait of output for its commit. */
const COMMIT_MS: Readonly<Record<Pace, number>> = { bulk: 250, live: 50 }
/** Longest wait of state and positions for their commit while there is no output. */
const STATE_COMMIT_MS = 1000
/** Sleep at the end of the log. */
const IDLE_MS = 5
/** What went through exchanges is dropped this often. */
const TRIM_MS = 10_000

/** `live` commits sooner, `bulk` in larger parts. */
export type Pace = 'bulk' | 'live'

/** How far a partition's views have durably come, stages behind an exchange included that are run with it. */
export interface RunProgress {
  readonly partition: number
  /** Next offset of the source's topic. */
  readonly next: number
  /** The source's watermark, epoch ms. */
  readonly watermark: number
  /** Figures of each view in this partition, since its beginning. */
  readonly counters: Readonly<Record<string, Readonly<WindowCounters>>>
  /** Milliseconds that each view's operators have worked in this partition since the run began; what views share counts for each. */
  readonly times: Readonly<Record<string, number>>
}

export interface RunRequest {
  readonly log: RunLog
  readonly job: StreamJob
  /** Partitions of the source that this worker owns; no other may run them. Together the workers own all. */
  readonly partitions: readonly number[]
  readonly pace: Pace
  readonly mode?: RunMode
  /** Leaves after the present commit. */
  readonly signal?: AbortSignal
  /** Ends of a bounded input once they are known: the run ends when they are reached, in all stages. */
  readonly until?: () => SourceEnds | undefined
  /** Called after every durable commit, for each partition that moved. */
  readonly onProgress?: (progress: RunProgress) => void
}

/**
 * Runs the views of a job over some partitions of its source, and over those partitions behind exchanges that fall to them, from
 * where their last commit left them, until the signal or the given ends. Everything a commit changes (positions, state pages,
 * output, late rows and what goes to other partitions) is one transaction of the log. Returns the run, everything committed, for
 * its closing.
 *
 * @throws StreamFault `stream/no-topic`, `stream/newer-state`, `stream/older-state`, `stream/other-plan`,
 *   `stream/partitions-differ`, `stream/exchange-too-wide`, and what the log throws
 */
export async function runPartitions(request: RunRequest): Promise<StreamRun> {
  const { log, job, partitions, mode = 'as_served' } = request
  const open = await openJob(log, job)
  const worker = new JobWorker({ log, job, open, owned: partitions, mode, clock: () => performance.now() })
  const commit = new CommitClock(request, worker)
  const giveWay = async (): Promise<void> => {
    if (commit.isDue()) await commit.run()
  }
  while (request.signal?.aborted !== true) {
    if (await worker.readOn(giveWay)) continue
    const ends = request.until?.()
    if (ends === undefined) await giveWay()
    else {
      await commit.run()
      if (worker.isReached(ends)) break
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  }
  await commit.run()
  for (const task of worker.tasks) await task.trimExchanges()
  return new StreamRun(worker)
}

/** Decides when to commit, and commits all of a worker's tasks together. */
class CommitClock {
  readonly #request: RunRequest
  readonly #worker: JobWorker
  #committedAt = performance.now()
  #trimmedAt = performance.now()

  constructor(request: RunRequest, worker: JobWorker) {
    this.#request = request
    this.#worker = worker
  }

  isDue(): boolean {
    const { tasks } = this.#worker
    const waited = performance.now() - this.#committedAt
    if (waited >= STATE_COMMIT_MS) return tasks.some(({ runner }) => runner.changed)
    const pending = tasks.map((task) => task.pending)
    if (pending.every(({ rows }) => rows === 0)) return false
    return waited >= COMMIT_MS[this.#request.pace] || pending.reduce((sum, { bytes }) => sum + bytes, 0) >= COMMIT_BYTES_MAX
  }

  async run(): Promise<void> {
    const changed = this.#worker.tasks.filter(({ runner }) => runner.changed)
    this.#committedAt = performance.now()
    if (changed.length === 0) return
    const prepared = changed.map((task) => task.prepareCommit())
    const progress = this.#progressOf(changed)
    await this.#request.log.transact((transaction) => {
      for (const one of prepared) writeCommit(transaction, one)
    })
    for (const one of progress) this.#request.onProgress?.(one)
    if (performance.now() - this.#trimmedAt < TRIM_MS) return
    this.#trimmedAt = performance.now()
    for (const task of this.#worker.tasks) await task.trimExchanges()
  }

  #progressOf(changed: readonly StageTask[]): RunProgress[] {
    if (this.#request.onProgress === undefined) return []
    const moved = new Set(changed.map((task) => this.#worker.ownerOf(task)))
    return [...moved].map((partition) => {
      const offsets = this.#worker.feeds.filter((feed) => feed.partition === partition).map((feed) => feed.next)
      const mine = this.#worker.tasks.filter((task) => this.#worker.ownerOf(task) === partition)
      const watermarks = mine.map(({ runner }) => runner.watermark).filter(Number.isFinite)
      return {
        partition,
        next: offsets.length === 0 ? 0 : Math.min(...offsets),
        watermark: watermarks.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...watermarks),
        counters: this.#worker.counters([partition]),
        times: this.#worker.times([partition]),
      }
    })
  }
}

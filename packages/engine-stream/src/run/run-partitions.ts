import { StreamFault } from '../operator/stream-fault.ts'
import type { WindowCounters } from '../operator/window-counters.ts'
import type { RunMode } from './partition-runner.ts'
import { PartitionTask, writeCommit } from './partition-task.ts'
import type { RunLog } from './run-log.ts'
import { consumerOf, lateTopicOf, type StreamJob } from './stream-job.ts'
import { StreamRun } from './stream-run.ts'

/** Output bytes at which a commit is made at once. */
const COMMIT_BYTES_MAX = 8 * 1024 * 1024
/** Longest wait of output for its commit. */
const COMMIT_MS: Readonly<Record<Pace, number>> = { bulk: 250, live: 50 }
/** Longest wait of state and positions for their commit while there is no output. */
const STATE_COMMIT_MS = 1000
/** Sleep at the end of the log. */
const IDLE_MS = 5

/** `live` commits sooner, `bulk` in larger parts. */
export type Pace = 'bulk' | 'live'

/** How far a partition's views have durably come. */
export interface RunProgress {
  readonly partition: number
  /** Next offset of the source's topic. */
  readonly next: number
  /** The source's watermark, epoch ms. */
  readonly watermark: number
  /** Figures of each view in this partition, since its beginning. */
  readonly counters: Readonly<Record<string, Readonly<WindowCounters>>>
}

export interface RunRequest {
  readonly log: RunLog
  readonly job: StreamJob
  /** Partitions that this worker owns; no other may run them. */
  readonly partitions: readonly number[]
  readonly pace: Pace
  readonly mode?: RunMode
  /** Leaves after the present commit. */
  readonly signal?: AbortSignal
  /** Ends of a bounded input, by partition, once they are known: the run ends when they are reached. */
  readonly until?: () => readonly number[] | undefined
  /** Called after every durable commit, for each partition that moved. */
  readonly onProgress?: (progress: RunProgress) => void
}

/**
 * Runs the views of a job over some partitions of its source, from where their last commit left them, until the signal or the given
 * ends. Everything a commit changes (positions, state pages, output and late rows) is one transaction of the log. Returns the run,
 * everything committed, for its closing.
 *
 * @throws StreamFault `stream/no-topic`, `stream/newer-state`, `stream/other-plan`, and what the log throws
 */
export async function runPartitions(request: RunRequest): Promise<StreamRun> {
  await openTopics(request)
  const tasks = request.partitions.map(
    (partition) => new PartitionTask(request.log, request.job, { partition, mode: request.mode ?? 'as_served' }),
  )
  const commit = new CommitClock(request, tasks)
  while (request.signal?.aborted !== true) {
    let moved = false
    for (const task of tasks) {
      moved = task.readOn() || moved
      if (commit.isDue()) await commit.run()
    }
    if (moved) continue
    if (isReached(tasks, request.until?.())) break
    if (commit.isDue()) await commit.run()
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  }
  await commit.run()
  return new StreamRun(tasks)
}

async function openTopics({ log, job }: RunRequest): Promise<void> {
  const source = log.topics().find(({ topic }) => topic === job.topic)
  if (source === undefined) throw new StreamFault('stream/no-topic', `The log has no topic \`${job.topic}\`.`)
  const { partitions } = source
  for (const { name, plan } of job.assets) {
    await log.openTopic(name, { partitions })
    if (plan.window?.late.keep === true) await log.openTopic(lateTopicOf(name), { partitions })
    await log.registerConsumer(consumerOf(name), job.topic)
  }
}

function isReached(tasks: readonly PartitionTask[], ends: readonly number[] | undefined): boolean {
  return ends !== undefined && tasks.every((task) => task.next >= ends[task.partition])
}

/** Decides when to commit, and commits all of a worker's partitions together. */
class CommitClock {
  readonly #request: RunRequest
  readonly #tasks: readonly PartitionTask[]
  #committedAt = performance.now()

  constructor(request: RunRequest, tasks: readonly PartitionTask[]) {
    this.#request = request
    this.#tasks = tasks
  }

  isDue(): boolean {
    const waited = performance.now() - this.#committedAt
    if (waited >= STATE_COMMIT_MS) return this.#tasks.some((task) => task.changed)
    const rows = this.#tasks.reduce((sum, task) => sum + task.pendingRows, 0)
    if (rows === 0) return false
    return waited >= COMMIT_MS[this.#request.pace] || this.#tasks.reduce((sum, task) => sum + task.pendingBytes, 0) >= COMMIT_BYTES_MAX
  }

  async run(): Promise<void> {
    const changed = this.#tasks.filter((task) => task.changed)
    this.#committedAt = performance.now()
    if (changed.length === 0) return
    const prepared = changed.map((task) => task.prepareCommit())
    const progress = changed.map(progressOf)
    await this.#request.log.transact((transaction) => {
      for (const one of prepared) writeCommit(transaction, one)
    })
    for (const one of progress) this.#request.onProgress?.(one)
  }
}

function progressOf(task: PartitionTask): RunProgress {
  return {
    partition: task.partition,
    next: task.next,
    watermark: Math.min(...task.assets.map(({ runner }) => runner.watermark)),
    counters: Object.fromEntries(task.assets.map(({ name, runner }) => [name, { ...runner.counters }])),
  }
}

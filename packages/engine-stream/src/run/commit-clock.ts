import type { JobWorker } from './job-worker.ts'
import type { PartitionShare } from './partition-share.ts'
import type { RunLog } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'
import { type StageTask, writeCommit } from './stage-task.ts'

/** Output bytes at which a commit is made at once. */
const COMMIT_BYTES_MAX = 8 * 1024 * 1024
/** Longest wait of output for its commit. */
const COMMIT_MS: Readonly<Record<Pace, number>> = { bulk: 250, live: 50 }
/** Longest wait of state and positions for their commit while there is no output. */
const STATE_COMMIT_MS = 1000
/** What went through exchanges is dropped this often. */
const TRIM_MS = 10_000
const NONE: readonly number[] = []

/** `live` commits sooner, `bulk` in larger parts. */
export type Pace = 'bulk' | 'live'

export interface CommitOptions {
  readonly log: RunLog
  readonly pace: Pace
  /** Where partitions are shared with others: what is not owned any more is left out of commits. */
  readonly share?: PartitionShare
  /** Called after every durable commit, for each partition that moved. */
  readonly onProgress?: (progress: RunProgress) => void
}

/** Decides when to commit, and commits all of a worker's tasks together. */
export class CommitClock {
  readonly #options: CommitOptions
  readonly #worker: JobWorker
  #committedAt = performance.now()
  #trimmedAt = performance.now()

  constructor(options: CommitOptions, worker: JobWorker) {
    this.#options = options
    this.#worker = worker
  }

  isDue(): boolean {
    const { tasks } = this.#worker
    if (tasks.some(({ runner }) => runner.mustCommit)) return true
    const waited = performance.now() - this.#committedAt
    if (waited >= STATE_COMMIT_MS) return tasks.some(({ runner }) => runner.changed)
    const pending = tasks.map((task) => task.pending)
    if (pending.every(({ rows }) => rows === 0)) return false
    return waited >= COMMIT_MS[this.#options.pace] || pending.reduce((sum, { bytes }) => sum + bytes, 0) >= COMMIT_BYTES_MAX
  }

  /** Commits what has changed. `give`: partitions that are given back in the same transaction; a sign of life is given with `anyway`. */
  async run({ give = NONE, anyway = false }: { readonly give?: readonly number[]; readonly anyway?: boolean } = {}): Promise<void> {
    const changed = this.#worker.tasks.filter(({ runner }) => runner.changed)
    this.#committedAt = performance.now()
    if (changed.length === 0 && give.length === 0 && !anyway) return
    const lost = await this.#write(changed, give)
    if (lost.length > 0 || give.length > 0) this.#disown([...lost, ...give])
    if (performance.now() - this.#trimmedAt < TRIM_MS) return
    this.#trimmedAt = performance.now()
    for (const task of this.#worker.tasks) await task.trimExchanges()
  }

  async #write(changed: readonly StageTask[], give: readonly number[]): Promise<readonly number[]> {
    const { log, share, onProgress } = this.#options
    const prepared = changed.map((task) => ({ owner: this.#worker.ownerOf(task), commit: task.prepareCommit() }))
    const progress = this.#progressOf(changed)
    const lost = await log.transact((transaction) => {
      const gone = share?.lost(transaction) ?? NONE
      for (const { owner, commit } of prepared) if (!gone.includes(owner)) writeCommit(transaction, commit)
      const isKept = (partition: number): boolean => !gone.includes(partition)
      share?.sign(transaction, { progress: progress.filter((one) => isKept(one.partition)), give: give.filter(isKept) })
      return gone
    })
    for (const one of progress) if (!lost.includes(one.partition)) onProgress?.(one)
    return lost
  }

  #disown(partitions: readonly number[]): void {
    this.#options.share?.forget(partitions)
    this.#worker.disown(partitions)
  }

  #progressOf(changed: readonly StageTask[]): RunProgress[] {
    if (this.#options.onProgress === undefined && this.#options.share === undefined) return []
    const moved = new Set(changed.map((task) => this.#worker.ownerOf(task)))
    return [...moved].map((partition) => this.#worker.progressOf(partition))
  }
}

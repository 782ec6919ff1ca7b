import { StreamFault } from '../operator/stream-fault.ts'
import type { WindowCounters } from '../operator/window-counters.ts'
import { newWindowCounters } from '../operator/window-counters.ts'
import type { BatchSource } from './batch-source.ts'
import type { PartitionTask } from './partition-task.ts'
import type { TopicBatch } from './run-log.ts'
import { lateTopicOf } from './stream-job.ts'

export interface CloseRequest {
  /** Records that count for the closing only and are not in the log, e.g. a last line that may still grow. */
  readonly provisional?: (partition: number) => Iterable<BatchSource>
  /** Takes the closing's rows in batches of at most 16,384; the topic says what they are. */
  readonly onBatch: (batch: TopicBatch) => void | Promise<void>
}

/** A run that has committed all it read. */
export class StreamRun {
  readonly #tasks: readonly PartitionTask[]
  #closed = false

  constructor(tasks: readonly PartitionTask[]) {
    this.#tasks = tasks
  }

  /** Figures of each view, over this worker's partitions. */
  get counters(): Record<string, WindowCounters> {
    const sums: Record<string, WindowCounters> = {}
    for (const { assets } of this.#tasks) {
      for (const { name, runner } of assets) addCounters((sums[name] ??= newWindowCounters()), runner.counters)
    }
    return sums
  }

  /**
   * Fires everything that is still open, aside: nothing is committed, so that a grown input goes on from the state before. The run
   * cannot be used afterwards; its counters then include the provisional records.
   */
  async closeAside(request: CloseRequest): Promise<void> {
    if (this.#closed) throw new StreamFault('stream/closed-twice', 'A run was closed aside twice.')
    this.#closed = true
    for (const task of this.#tasks) {
      const { partition } = task
      for (const source of request.provisional?.(partition) ?? []) for (const { runner } of task.assets) runner.push(source)
      for (const { name, runner } of task.assets) {
        for (const batch of runner.finish()) await request.onBatch({ topic: name, partition, batch })
        for (const batch of runner.drainLate()) await request.onBatch({ topic: lateTopicOf(name), partition, batch })
      }
    }
  }
}

function addCounters(sum: WindowCounters, more: Readonly<WindowCounters>): void {
  for (const name of Object.keys(sum) as (keyof WindowCounters)[]) sum[name] += more[name]
}

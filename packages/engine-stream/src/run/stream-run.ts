import type { Batch } from '@millrace/columnar'
import { StreamFault } from '../operator/stream-fault.ts'
import { newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import type { BatchSource } from './batch-source.ts'
import { GraphRun, type GraphSink } from './graph-run.ts'
import { hasExchange } from './job-graph.ts'
import type { JobWorker } from './job-worker.ts'
import type { OpenGroup } from './open-job.ts'
import type { TopicBatch } from './run-log.ts'
import type { StageTask } from './stage-task.ts'
import { restoredRunner } from './stage-task.ts'
import { deadTopicOf, lateTopicOf, sourceTopic } from './stream-job.ts'

export interface CloseRequest {
  /**
   * Records that count for the closing only and are not in the log, e.g. a last line that may still grow. Asked for partitions of
   * other workers too, when views with an exchange are closed here.
   */
  readonly provisional?: (partition: number) => Iterable<BatchSource>
  /** Takes the closing's rows in batches of at most 16,384; the topic says what they are. */
  readonly onBatch: (batch: TopicBatch) => void | Promise<void>
}

/** A run that has committed all it read. */
export class StreamRun {
  readonly #worker: JobWorker
  #closed: Record<string, WindowCounters> | undefined

  constructor(worker: JobWorker) {
    this.#worker = worker
  }

  /**
   * Figures of each view, over this worker's partitions; after the closing those of views with an exchange are with the worker that
   * closed them, for all partitions.
   */
  get counters(): Record<string, WindowCounters> {
    return { ...this.#worker.counters(), ...this.#closed }
  }

  /**
   * Fires everything that is still open, aside: nothing is committed, so that a grown input goes on from the state before. Views
   * without exchange are closed by each worker for its partitions; the others by the worker of partition 0 for all, from what the
   * log holds: all workers must have come to the end. The run cannot be used afterwards; its counters then include the provisional
   * records.
   */
  async closeAside(request: CloseRequest): Promise<void> {
    if (this.#closed !== undefined) throw new StreamFault('stream/closed-twice', 'A run was closed aside twice.')
    this.#closed = {}
    const { owned } = this.#worker
    const { open } = this.#worker.options
    for (const task of this.#worker.tasks) if (!hasExchange(task.group.graph)) await this.#closeTask(task, request)
    for (const group of open.groups) {
      if (!hasExchange(group.graph)) continue
      const run = owned.includes(0) ? await this.#closeGroup(group, request) : undefined
      for (const { name } of group.graph.assets) this.#closed[name] = run?.countersOf(name) ?? newWindowCounters()
    }
  }

  async #closeTask({ runner, group, partition }: StageTask, request: CloseRequest): Promise<void> {
    const port = runner.ports.findIndex(({ source }) => this.#isJobs(source))
    if (port >= 0) for (const records of request.provisional?.(partition) ?? []) runner.push(port, 0, records)
    for (const _ of runner.finish()) await handOut({ runner, group, partition }, request)
    await handOut({ runner, group, partition }, request)
  }

  /** Whether the records of the job's topic, of which some are provisional, are this source's. */
  #isJobs(source: string | null): boolean {
    const { job } = this.#worker.options
    return source !== null && sourceTopic(job, source) === job.topic
  }

  /** Closes a group over all its partitions and stages, on copies of their state. */
  async #closeGroup({ graph, partitions }: OpenGroup, request: CloseRequest): Promise<GraphRun> {
    const { log, job, mode, functionOf } = this.#worker.options
    const run = new GraphRun(graph, { mode, partitions, functionOf })
    for (const [stage, runners] of run.runners.entries()) {
      for (const partition of runners.keys())
        runners[partition] = restoredRunner(log, { job, group: { graph, partitions }, stage, partition, mode, functionOf })
    }
    for (const stage of graph.stages) {
      for (const source of stage.sources.filter((one) => this.#isJobs(one))) {
        for (let partition = 0; partition < partitions[stage.ordinal]; partition++) {
          for (const records of request.provisional?.(partition) ?? []) run.push(source, partition, records)
        }
      }
    }
    const sink: GraphSink = {
      onOutput: (name, partition, batches) => given({ topic: name, partition }, batches, request),
      onLate: (name, partition, batches) => given({ topic: lateTopicOf(name), partition }, batches, request),
      onDead: (name, partition, batches) => given({ topic: deadTopicOf(name), partition }, batches, request),
    }
    await run.finish(sink)
    return run
  }
}

async function given(place: { topic: string; partition: number }, batches: readonly Batch[], { onBatch }: CloseRequest): Promise<void> {
  for (const batch of batches) await onBatch({ ...place, batch })
}

async function handOut(
  { runner, group, partition }: Pick<StageTask, 'runner' | 'group' | 'partition'>,
  request: CloseRequest,
): Promise<void> {
  for (const { name } of group.graph.assets) {
    await given({ topic: name, partition }, runner.drainOutputs(name), request)
    await given({ topic: lateTopicOf(name), partition }, runner.drainLate(name), request)
    await given({ topic: deadTopicOf(name), partition }, runner.drainDead(name), request)
  }
}

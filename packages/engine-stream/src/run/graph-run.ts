import type { Batch } from '@millrace/columnar'
import { newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import { type BatchSource, batchSource } from './batch-source.ts'
import type { SentBatch } from './exchange-sender.ts'
import type { GroupGraph } from './job-graph.ts'
import { type StageOptions, StageRunner } from './stage-runner.ts'

/** Takes what a view gives in one partition of its last stage. */
export interface GraphSink {
  onOutput(asset: string, partition: number, batches: readonly Batch[]): void | Promise<void>
  onLate(asset: string, partition: number, batches: readonly Batch[]): void | Promise<void>
}

/** All stages of a group over all partitions in one place: what one stage sends the next takes at once, from memory. */
export class GraphRun {
  readonly graph: GroupGraph
  /** By stage, by partition. */
  readonly runners: StageRunner[][]
  readonly #options: StageOptions

  constructor(graph: GroupGraph, options: StageOptions) {
    this.graph = graph
    this.#options = options
    this.runners = graph.stages.map((stage) =>
      Array.from({ length: options.partitions[stage.ordinal] }, () => new StageRunner(graph, stage, options)),
    )
  }

  /** Puts a runner restored from another's pages in its place. */
  replace(stage: number, partition: number, pages: Parameters<StageRunner['restore']>[0]): void {
    const runner = new StageRunner(this.graph, this.graph.stages[stage], this.#options)
    runner.restore(pages)
    this.runners[stage][partition] = runner
  }

  /** Takes in records of a partition of a source, and brings what they give to its end. */
  push(source: string, partition: number, records: BatchSource): void {
    for (const runner of this.runners.flat()) runner.settle()
    for (const stage of this.graph.stages) {
      const port = stage.sources.indexOf(source)
      if (port < 0) continue
      const runner = this.runners[stage.ordinal][partition]
      runner.push(port, 0, records)
      this.deliver(partition, runner.drainSent())
    }
  }

  /** Brings what a partition sent to the partitions it was sent to. */
  deliver(partition: number, sent: readonly SentBatch[]): void {
    for (const { exchange, partition: to, batch, watermarkAfter, ingestedAt } of sent) {
      const { to: target } = this.graph.exchanges[exchange]
      const runner = this.runners[target][to]
      const port = runner.ports.findIndex((one) => one.exchange === exchange)
      runner.push(port, partition, batchSource(batch, { watermarkAfter, ingestedAt }))
      this.deliver(to, runner.drainSent())
    }
  }

  /** Hands out what the runners have collected. */
  async drain(sink: GraphSink): Promise<void> {
    for (const runners of this.runners) for (const [partition, runner] of runners.entries()) await this.#drainOne(runner, partition, sink)
  }

  async #drainOne(runner: StageRunner, partition: number, sink: GraphSink): Promise<void> {
    for (const { name } of this.graph.assets) {
      const outputs = runner.drainOutputs(name)
      if (outputs.length > 0) await sink.onOutput(name, partition, outputs)
      const late = runner.drainLate(name)
      if (late.length > 0) await sink.onLate(name, partition, late)
    }
  }

  /** Gives everything that is open, stage after stage. Nothing can be taken in afterwards. */
  async finish(sink: GraphSink): Promise<void> {
    for (const runners of this.runners) {
      for (const [partition, runner] of runners.entries()) {
        for (const _ of runner.finish()) {
          this.deliver(partition, runner.drainSent())
          await this.#drainOne(runner, partition, sink)
        }
      }
    }
    await this.drain(sink)
  }

  /** Figures of a view over all partitions. */
  countersOf(asset: string): WindowCounters {
    const sum = newWindowCounters()
    for (const runner of this.runners.flat()) addCounters(sum, runner.countersOf(asset))
    return sum
  }
}

export function addCounters(sum: WindowCounters, more: Readonly<WindowCounters>): void {
  for (const name of Object.keys(sum) as (keyof WindowCounters)[]) sum[name] += more[name]
}

import type { Batch } from '@millrace/columnar'
import { addCounters, newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import { type BatchSource, batchSource } from './batch-source.ts'
import type { SentBatch } from './exchange-sender.ts'
import type { GroupGraph } from './job-graph.ts'
import { type SpillOptions, type StageOptions, StageRunner } from './stage-runner.ts'

/** Takes what a view gives in one partition of its last stage. */
export interface GraphSink {
  onOutput(asset: string, partition: number, batches: readonly Batch[]): void | Promise<void>
  onLate(asset: string, partition: number, batches: readonly Batch[]): void | Promise<void>
  onDead(asset: string, partition: number, batches: readonly Batch[]): void | Promise<void>
}

export interface GraphRunOptions extends Omit<StageOptions, 'spill'> {
  /** The budget of a stage in a partition, and what it wrote so far. */
  readonly spillOf?: (stage: number, partition: number) => SpillOptions | undefined
}

/** All stages of a group over all partitions in one place: what one stage sends the next takes at once, from memory. */
export class GraphRun {
  readonly graph: GroupGraph
  /** By stage, by partition. */
  readonly runners: StageRunner[][]
  readonly #options: GraphRunOptions

  constructor(graph: GroupGraph, options: GraphRunOptions) {
    this.graph = graph
    this.#options = options
    this.runners = graph.stages.map((stage) =>
      Array.from({ length: options.partitions[stage.ordinal] }, (_, partition) => this.#newRunner(stage.ordinal, partition)),
    )
  }

  #newRunner(stage: number, partition: number): StageRunner {
    const { spillOf, ...options } = this.#options
    return new StageRunner(this.graph, this.graph.stages[stage], { ...options, spill: spillOf?.(stage, partition) })
  }

  /** Puts a runner restored from another's pages in its place. */
  replace(stage: number, partition: number, pages: Parameters<StageRunner['restore']>[0]): void {
    const runner = this.#newRunner(stage, partition)
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

  /** Lets a runner go on with what it has left to do, and brings what it gives to its end. */
  goOn(stage: number, partition: number): void {
    const runner = this.runners[stage][partition]
    runner.goOn()
    this.deliver(partition, runner.drainSent())
  }

  #goOnAll(): void {
    for (const [stage, runners] of this.runners.entries())
      for (const [partition, { passing }] of runners.entries()) if (passing) this.goOn(stage, partition)
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
      const dead = runner.drainDead(name)
      if (dead.length > 0) await sink.onDead(name, partition, dead)
    }
  }

  /** Gives everything that is open, stage after stage. Nothing can be taken in afterwards. */
  async finish(sink: GraphSink): Promise<void> {
    for (const runners of this.runners) {
      for (const [partition, runner] of runners.entries()) {
        for (const _ of runner.finish()) {
          this.deliver(partition, runner.drainSent())
          this.#goOnAll()
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

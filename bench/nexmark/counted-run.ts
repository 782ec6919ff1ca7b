import { type Batch, columnOf } from '@millrace/columnar'
import type { CheckedPlan } from '@millrace/core'
import { type BatchSource, changesIn, lowerPlan } from '@millrace/engine-stream'
import { GraphRun } from '../../packages/engine-stream/src/run/graph-run.ts'
import { groupGraph, stagePartitions } from '../../packages/engine-stream/src/run/job-graph.ts'
import { ColumnSums } from './column-sums.ts'
import { RowDigest } from './row-digest.ts'

/** What is told of an answer. */
export type Told = '--digest' | '--sums' | undefined

/** A query by the stream engine on this thread, without a log: its answer is counted. */
export class CountedRun {
  written = 0
  readonly #run: GraphRun
  readonly #graph: ReturnType<typeof groupGraph>
  readonly #told: Told
  readonly #digest = new RowDigest()
  readonly #sums: ColumnSums
  readonly #sink

  constructor(name: string, plan: CheckedPlan, of: { readonly partitions: number; readonly told: Told }) {
    this.#graph = groupGraph({ name, assets: [{ name, plan: lowerPlan(plan) }] })
    this.#run = new GraphRun(this.#graph, {
      mode: 'as_served',
      partitions: stagePartitions(this.#graph, { ofSource: () => of.partitions, most: of.partitions }),
    })
    this.#told = of.told
    this.#sums = new ColumnSums(plan.output.fields)
    const onOutput = (_: string, __: number, batches: readonly Batch[]): void => {
      for (const batch of batches) {
        this.written += batch.rows
        if (of.told === undefined) continue
        const into = of.told === '--sums' ? this.#sums : this.#digest
        for (const { op, values } of changesIn(batch, plan.output.fields)) into.add(values, op === '+I' || op === '+U' ? 1 : -1)
      }
    }
    this.#sink = { onOutput, onLate: (): void => {}, onDead: (): void => {} }
  }

  /** Columns of a source that the operators ask for. */
  columnsOf(source: string): ReadonlySet<string> {
    return new Set(
      this.#graph.stages.flatMap((stage) => {
        const port = stage.sources.indexOf(source)
        return port < 0 ? [] : this.#run.runners[stage.ordinal][0].ports[port].columns
      }),
    )
  }

  async push(source: string, partition: number, rows: BatchSource): Promise<void> {
    this.#run.push(source, partition, rows)
    await this.#run.drain(this.#sink)
  }

  async finish(): Promise<void> {
    await this.#run.finish(this.#sink)
  }

  get told(): object {
    return this.#told === '--sums' ? { sums: this.#sums.sums } : { digest: this.#told === '--digest' ? this.#digest.text : null }
  }
}

/** A stamped batch as the engine takes it. */
export function stampedSource(batch: Batch, watermarkAfter: number, ingestedAt: number): BatchSource {
  return {
    rows: batch.rows,
    watermarkAfter,
    ingestedAt,
    column: (name) => columnOf(batch, name) as NonNullable<ReturnType<typeof columnOf>>,
  }
}

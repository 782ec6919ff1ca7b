import type { Batch } from '@millrace/columnar'
import type { PhysicalPlan } from '../operator/physical-plan.ts'
import type { KeptPage, StatePage } from '../operator/state-page.ts'
import { StreamFault } from '../operator/stream-fault.ts'
import type { WindowCounters } from '../operator/window-counters.ts'
import type { BatchSource } from './batch-source.ts'
import { groupGraph } from './job-graph.ts'
import { type RunMode, StageRunner } from './stage-runner.ts'

const ASSET = 'plan'

/** Runs one plan over the records of one partition of one source. Plans with an exchange need all partitions: `runPartitions`. */
export class PartitionRunner {
  readonly plan: PhysicalPlan
  readonly #stage: StageRunner

  /** @throws StreamFault `stream/several-inputs` for a plan with an exchange or several sources */
  constructor(plan: PhysicalPlan, options: { readonly mode: RunMode }) {
    const graph = groupGraph({ name: ASSET, assets: [{ name: ASSET, plan }] })
    if (graph.stages.length !== 1 || plan.sources.length !== 1)
      throw new StreamFault('stream/several-inputs', 'A plan with an exchange or several sources was given to a runner of one partition.')
    this.plan = plan
    this.#stage = new StageRunner(graph, graph.stages[0], { mode: options.mode, partitions: [1] })
  }

  /** Columns of the records that every batch needs; late rows ask for further ones. */
  get columns(): readonly string[] {
    return this.#stage.ports[0].columns
  }

  /** Takes in records; the source's watermark never falls from one to the next. */
  push(source: BatchSource): void {
    this.#stage.settle()
    this.#stage.push(0, 0, source)
  }

  /**
   * Fires everything that is open and hands the rows out batch by batch, as available with the latest records; nothing can be taken
   * in afterwards.
   */
  *finish(): Generator<Batch> {
    for (const _ of this.#stage.finish()) yield* this.drainOutputs()
    yield* this.drainOutputs()
  }

  /** Output rows that wait to be drained, about. */
  get pendingRows(): number {
    return this.#stage.pendingRows
  }

  /** Whether anything happened since the pages were last taken. */
  get changed(): boolean {
    return this.#stage.changed
  }

  /** Output rows since the last call, in batches of at most 16,384 rows as far as they came in such. */
  drainOutputs(): Batch[] {
    return this.#stage.drainOutputs(ASSET)
  }

  /** Rows that operators refused since the last call. */
  drainLate(): Batch[] {
    return this.#stage.drainLate(ASSET)
  }

  get counters(): Readonly<WindowCounters> {
    return this.#stage.countersOf(ASSET)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return this.#stage.tableSizes
  }

  /** Latest watermark of the source, epoch ms. */
  get watermark(): number {
    return this.#stage.watermark
  }

  /** Ingest time of the latest records, epoch ms. */
  get ingestedAt(): number {
    return this.#stage.ingestedAt
  }

  /** The state that changed since the last call. Drain outputs and late rows into the same transaction. */
  takePages(): Iterable<StatePage> {
    return this.#stage.takePages()
  }

  /**
   * Fills a new runner from the pages of another.
   *
   * @throws StreamFault `stream/newer-state`, `stream/older-state`, `stream/other-plan`
   */
  restore(pages: Iterable<KeptPage>): void {
    this.#stage.restore(pages)
  }
}

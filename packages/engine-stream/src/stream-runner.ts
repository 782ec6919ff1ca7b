import { type Batch, batchFromRows, type Field, keyPartitions, splitByPartition } from '@millrace/columnar'
import {
  type CheckedPlan,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type PlanSource,
  STAMP_FIELDS,
  type StampedRow,
} from '@millrace/core'
import { changesIn, finalRows } from './changes.ts'
import { lateEntries } from './late-entries.ts'
import { lowerPlan } from './lower/lower-plan.ts'
import { batchSource } from './run/batch-source.ts'
import { GraphRun } from './run/graph-run.ts'
import { groupGraph, stagePartitions } from './run/job-graph.ts'

const BATCH_ROWS_DEFAULT = 4096
const ASSET = 'plan'

/** The stream engine in memory: a partition per worker, exchanges between them, and everything fires at the end. */
export const streamRunner: PlanRunner = {
  engine: 'stream',
  run: async (plan, rows, options) => runStream(plan, rows, options),
}

/** As `streamRunner`, but after every `batches` batches the state of all operators goes through its pages into fresh ones. */
export function restartingStreamRunner(batches: number): PlanRunner {
  return { engine: 'stream', run: async (plan, rows, options) => runStream(plan, rows, { ...options, restartEvery: batches }) }
}

interface StreamRunOptions extends PlanRunOptions {
  /** Batches after which a runner is replaced by one restored from its pages. */
  readonly restartEvery?: number
}

async function runStream(plan: CheckedPlan, rows: readonly StampedRow[], options: StreamRunOptions): Promise<PlanResult> {
  const run = new MemoryRun(plan, options)
  const batchRows = options.batchRows ?? BATCH_ROWS_DEFAULT
  const batches = looksUp(plan) ? chunks(rows, 1) : chunks(byWatermark(rows), batchRows)
  for (const batch of batches) await run.push(batch)
  return run.finish()
}

/** Rows by their stamp. Given stamps may fall; what an operator holds does not depend on the order of its rows. */
function byWatermark(rows: readonly StampedRow[]): readonly StampedRow[] {
  const falls = rows.some((row, i) => i > 0 && row.watermark < rows[i - 1].watermark)
  return falls ? rows.toSorted((a, b) => a.watermark - b.watermark || a.arrival - b.arrival) : rows
}

/** Whether rows must be taken one by one in the order of their arrival: one may look up another. */
export function looksUp(plan: CheckedPlan): boolean {
  return plan.nodes.some(({ node }) => node.kind === 'join' && node.type === 'lookup')
}

function* chunks(rows: readonly StampedRow[], size: number): Generator<readonly StampedRow[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size)
}

function stampedBatch(rows: readonly StampedRow[], source: PlanSource): Batch {
  const fields = [
    ...STAMP_FIELDS,
    ...source.fields.map((field): Field => ({ name: field.name, type: field.type, nullable: field.nullable === true })),
  ]
  return batchFromRows(
    fields,
    rows.map((row) => [row.arrival, row.split, row.arrival, 0, 1, '', row.watermark, ...row.values]),
  )
}

/** A run of one plan with what came out of it. */
class MemoryRun {
  readonly #plan: CheckedPlan
  readonly #options: StreamRunOptions
  readonly #sources: readonly PlanSource[]
  readonly #partitions: (source: PlanSource) => number
  readonly #run: GraphRun
  readonly #pages = new Map<string, Map<string, Uint8Array>>()
  readonly #outputs: Batch[] = []
  readonly #late: Batch[] = []
  #batches = 0

  constructor(plan: CheckedPlan, options: StreamRunOptions) {
    const physical = lowerPlan(plan, { reportLate: true })
    const workers = options.workers ?? 1
    this.#plan = plan
    this.#options = options
    this.#sources = physical.sources.map(({ name }) => plan.sources.get(name) as PlanSource)
    this.#partitions = (source) => ((source.key ?? []).length === 0 ? 1 : workers)
    const graph = groupGraph({ name: ASSET, assets: [{ name: ASSET, plan: physical }] })
    const ofSource = (name: string): number => this.#partitions(plan.sources.get(name) as PlanSource)
    this.#run = new GraphRun(graph, { mode: options.mode, partitions: stagePartitions(graph, { ofSource, most: workers }) })
  }

  async push(rows: readonly StampedRow[]): Promise<void> {
    for (const source of this.#sources) {
      const mine = rows.filter((row) => row.source === source.name)
      if (mine.length > 0) this.#pushSource(source, mine)
    }
    await this.#drain()
    if (this.#options.restartEvery !== undefined && ++this.#batches % this.#options.restartEvery === 0) this.#restart()
  }

  #pushSource(source: PlanSource, rows: readonly StampedRow[]): void {
    const batch = stampedBatch(rows, source)
    const count = this.#partitions(source)
    const parts = splitByPartition(batch, keyPartitions(batch, source.key ?? [], count), count)
    const watermarkAfter = rows[rows.length - 1].watermark
    for (const [partition, part] of parts.entries()) {
      this.#run.push(source.name, partition, batchSource(part ?? EMPTY, { watermarkAfter, ingestedAt: 0 }))
    }
  }

  #drain(): Promise<void> {
    return this.#run.drain(this.#sink)
  }

  readonly #sink = {
    onOutput: (_: string, __: number, batches: readonly Batch[]): void => {
      this.#outputs.push(...batches)
    },
    onLate: (_: string, __: number, batches: readonly Batch[]): void => {
      this.#late.push(...batches)
    },
  }

  #restart(): void {
    for (const [stage, runners] of this.#run.runners.entries()) {
      for (const [partition, runner] of runners.entries()) {
        const kept = this.#pages.get(`${stage}/${partition}`) ?? new Map<string, Uint8Array>()
        this.#pages.set(`${stage}/${partition}`, kept)
        for (const { key, value } of runner.takePages()) {
          if (value === undefined) kept.delete(key)
          else kept.set(key, value)
        }
        this.#run.replace(
          stage,
          partition,
          [...kept].map(([key, value]) => ({ key, value })),
        )
      }
    }
  }

  async finish(): Promise<PlanResult> {
    await this.#run.finish(this.#sink)
    const { fields } = this.#plan.output
    const changes = this.#outputs.flatMap((batch) => changesIn(batch, fields))
    return {
      columns: fields,
      rows: finalRows(changes),
      changes,
      late: lateEntries(this.#plan, this.#late, this.#sources[0].name),
    }
  }
}

const EMPTY: Batch = { rows: 0, fields: [], columns: [] }

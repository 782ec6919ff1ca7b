import { type Batch, batchFromRows, type Field, keyPartitions, splitByPartition } from '@millrace/columnar'
import {
  type CheckedPlan,
  type EarlyResults,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type PlanSource,
  STAMP_FIELDS,
  type StampedRow,
} from '@millrace/core'
import { changesIn, finalRows } from './changes.ts'
import { deadLetters } from './dead-letters.ts'
import { lateEntries } from './late-entries.ts'
import { lowerPlan } from './lower/lower-plan.ts'
import { rowFunctions } from './lower/row-functions.ts'
import type { KeptPage, StatePage } from './operator/state-page.ts'
import { batchSource } from './run/batch-source.ts'
import { GraphRun } from './run/graph-run.ts'
import { groupGraph, stagePartitions } from './run/job-graph.ts'
import type { SpillOptions } from './run/stage-runner.ts'

const BATCH_ROWS_DEFAULT = 4096
/** Batches of a run within a budget after which operators do what they put off. */
const CATCH_UP_EVERY = 3
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

/**
 * As `streamRunner`, but operators with keys keep to a budget of bytes: after every batch, as if it were committed, what is over it is
 * put away. With `restartEvery` they are also replaced.
 */
export function spillingStreamRunner(options: { readonly budgetBytes: number; readonly restartEvery?: number }): PlanRunner {
  return { engine: 'stream', run: async (plan, rows, own) => runStream(plan, rows, { ...own, ...options }) }
}

interface StreamRunOptions extends PlanRunOptions {
  readonly budgetBytes?: number
  /** Batches after which a runner is replaced by one restored from its pages. */
  readonly restartEvery?: number
}

async function runStream(plan: CheckedPlan, rows: readonly StampedRow[], options: StreamRunOptions): Promise<PlanResult> {
  const run = new MemoryRun(plan, options)
  const batchRows = options.batchRows ?? (givesEarly(plan) ? 1 : BATCH_ROWS_DEFAULT)
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

/** Whether windows are given while they are open: unless it is said how many rows come together, each is looked at alone, so that no moment is missed. */
function givesEarly(plan: CheckedPlan): boolean {
  return plan.nodes.some(({ node }) => node.kind === 'window-aggregate' && (node.window as EarlyResults).early_ms !== undefined)
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
  readonly #pages = new MemoryPages()
  readonly #outputs: Batch[] = []
  readonly #late: Batch[] = []
  readonly #dead: Batch[] = []
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
    const { mode, budgetBytes } = options
    const spillOf = (stage: number, partition: number): SpillOptions | undefined =>
      budgetBytes === undefined ? undefined : { budgetBytes, ...this.#pages.of(stage, partition) }
    this.#run = new GraphRun(graph, {
      mode,
      partitions: stagePartitions(graph, { ofSource, most: workers }),
      spillOf,
      functionOf: rowFunctions(options.functions),
    })
  }

  async push(rows: readonly StampedRow[]): Promise<void> {
    for (const source of this.#sources) {
      const mine = rows.filter((row) => row.source === source.name)
      if (mine.length > 0) this.#pushSource(source, mine)
    }
    await this.#drain()
    this.#batches++
    const { restartEvery, budgetBytes } = this.#options
    if (budgetBytes !== undefined) await this.#commit()
    if (restartEvery !== undefined && this.#batches % restartEvery === 0) this.#restart()
  }

  /** Takes the pages of all operators; now and then they do what they put off, or some of it before the next commit. */
  async #commit(): Promise<void> {
    const parts = this.#batches % CATCH_UP_EVERY === 0 ? Number.POSITIVE_INFINITY : this.#batches % 2
    for (const [stage, runners] of this.#run.runners.entries()) {
      for (const [partition, runner] of runners.entries()) {
        if (parts > 0) runner.catchUp()
        for (let part = 0; part < parts && (part === 0 || runner.passing); part++) {
          this.#pages.put(stage, partition, runner.takePages())
          this.#run.goOn(stage, partition)
          await this.#drain()
        }
        if (parts !== 1) this.#pages.put(stage, partition, runner.takePages())
      }
    }
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
    onDead: (_: string, __: number, batches: readonly Batch[]): void => {
      this.#dead.push(...batches)
    },
  }

  #restart(): void {
    for (const [stage, runners] of this.#run.runners.entries()) {
      for (const [partition, runner] of runners.entries()) {
        this.#pages.put(stage, partition, runner.takePages())
        this.#run.replace(stage, partition, this.#pages.of(stage, partition).pages)
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
      dead: deadLetters(this.#dead),
    }
  }
}

/** State pages by stage and partition; those that lie apart are found by what their keys begin with. */
class MemoryPages {
  readonly #kept = new Map<string, Map<string, StatePage>>()

  put(stage: number, partition: number, pages: Iterable<StatePage>): void {
    const kept = this.#at(stage, partition)
    for (const page of pages) {
      const key = pageKey(page)
      if (page.value === undefined) kept.delete(key)
      else kept.set(key, page)
    }
  }

  of(stage: number, partition: number): Pick<SpillOptions, 'store' | 'pages'> {
    const kept = this.#at(stage, partition)
    const store = {
      pages: (prefix: string) =>
        [...kept.values()].filter((page) => page.apart === true && page.key.startsWith(prefix)).map((page) => page as KeptPage),
    }
    return { store, pages: [...kept.values()].filter((page) => page.apart !== true).map((page) => page as KeptPage) }
  }

  #at(stage: number, partition: number): Map<string, StatePage> {
    const place = `${stage}/${partition}`
    const kept = this.#kept.get(place) ?? new Map<string, StatePage>()
    this.#kept.set(place, kept)
    return kept
  }
}

function pageKey({ key, apart }: StatePage): string {
  return apart === true ? `apart ${key}` : key
}

const EMPTY: Batch = { rows: 0, fields: [], columns: [] }

import { type Batch, batchFromRows, type Field, keyPartitions, rowsOf, splitByPartition } from '@millrace/columnar'
import {
  type CheckedPlan,
  type LateEntry,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type PlanSource,
  STAMP_FIELDS,
  type StampedRow,
  type Value,
} from '@millrace/core'
import { lowerPlan } from './lower/lower-plan.ts'
import type { PhysicalPlan } from './operator/physical-plan.ts'
import { batchSource } from './run/batch-source.ts'
import { PartitionRunner } from './run/partition-runner.ts'

const BATCH_ROWS_DEFAULT = 4096

/** The stream engine in memory: every worker is a runner over the rows whose key falls to it, and everything fires at the end. */
export const streamRunner: PlanRunner = {
  engine: 'stream',
  run: async (plan, rows, options) => runStream(plan, rows, options),
}

/** As `streamRunner`, but after every `batches` batches a runner's state goes through its pages into a fresh runner. */
export function restartingStreamRunner(batches: number): PlanRunner {
  return { engine: 'stream', run: async (plan, rows, options) => runStream(plan, rows, { ...options, restartEvery: batches }) }
}

interface StreamRunOptions extends PlanRunOptions {
  /** Batches after which a runner is replaced by one restored from its pages. */
  readonly restartEvery?: number
}

function runStream(plan: CheckedPlan, rows: readonly StampedRow[], options: StreamRunOptions): PlanResult {
  const physical = lowerPlan(plan, { reportLate: true })
  const source = plan.sources.get(physical.source) as PlanSource
  const partitions = (source.key ?? []).length === 0 ? 1 : (options.workers ?? 1)
  const runs = Array.from({ length: partitions }, () => new PartitionRun(physical, options))
  const mine = rows.filter((row) => row.source === source.name)
  const batchRows = options.batchRows ?? BATCH_ROWS_DEFAULT
  for (const chunk of chunks(byWatermark(mine), batchRows)) {
    const batch = stampedBatch(chunk, source)
    const parts = splitByPartition(batch, keyPartitions(batch, source.key ?? [], partitions), partitions)
    const watermarkAfter = chunk[chunk.length - 1].watermark
    for (const [partition, run] of runs.entries()) run.push(parts[partition], watermarkAfter)
  }
  for (const run of runs) run.finish()
  return {
    columns: plan.output.fields,
    rows: runs.flatMap((run) => run.outputs.flatMap((batch) => userRows(batch, plan.output.fields))),
    late: runs.flatMap((run) => run.late.flatMap((batch) => lateEntries(batch, source.name))),
  }
}

/** Rows by their stamp. Given stamps may fall; what a window holds does not depend on the order of its rows. */
function byWatermark(rows: readonly StampedRow[]): readonly StampedRow[] {
  const falls = rows.some((row, i) => i > 0 && row.watermark < rows[i - 1].watermark)
  return falls ? rows.toSorted((a, b) => a.watermark - b.watermark || a.arrival - b.arrival) : rows
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

/** One worker's runner with what came out of it. */
class PartitionRun {
  readonly outputs: Batch[] = []
  readonly late: Batch[] = []
  readonly #plan: PhysicalPlan
  readonly #options: StreamRunOptions
  readonly #pages = new Map<string, Uint8Array>()
  #runner: PartitionRunner
  #batches = 0

  constructor(plan: PhysicalPlan, options: StreamRunOptions) {
    this.#plan = plan
    this.#options = options
    this.#runner = new PartitionRunner(plan, options)
  }

  push(batch: Batch | undefined, watermarkAfter: number): void {
    this.#runner.push(batchSource(batch ?? EMPTY, { watermarkAfter, ingestedAt: 0 }))
    this.#drain()
    if (this.#options.restartEvery !== undefined && ++this.#batches % this.#options.restartEvery === 0) this.#restart()
  }

  #drain(): void {
    this.outputs.push(...this.#runner.drainOutputs())
    this.late.push(...this.#runner.drainLate())
  }

  #restart(): void {
    for (const { key, value } of this.#runner.takePages()) {
      if (value === undefined) this.#pages.delete(key)
      else this.#pages.set(key, value)
    }
    this.#runner = new PartitionRunner(this.#plan, this.#options)
    this.#runner.restore([...this.#pages].map(([key, value]) => ({ key, value })))
  }

  finish(): void {
    this.outputs.push(...this.#runner.finish())
    this.#drain()
  }
}

const EMPTY: Batch = { rows: 0, fields: [], columns: [] }

function userRows(batch: Batch, fields: readonly Field[]): Value[][] {
  const from = batch.fields.findIndex((field) => field.name === fields[0].name)
  return rowsOf({ ...batch, columns: batch.columns.slice(from, from + fields.length) })
}

function lateEntries(batch: Batch, source: string): LateEntry[] {
  const place = (name: string): number => batch.fields.findIndex((field) => field.name === name)
  const [arrival, late, missed, node] = ['_arrival', '_late', '_windows_missed', '_node'].map(place)
  return rowsOf(batch).map((row) => ({
    source,
    arrival: row[arrival] as number,
    late: row[late] as 'all' | 'some',
    windows_missed: row[missed] as number,
    node: row[node] as string,
  }))
}

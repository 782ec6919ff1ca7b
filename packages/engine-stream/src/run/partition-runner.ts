import { type Batch, type Column, concatBatches, takeColumn } from '@millrace/columnar'
import { LateOperator } from '../operator/late-operator.ts'
import type { PhysicalPlan } from '../operator/physical-plan.ts'
import { PipelineOperator } from '../operator/pipeline-operator.ts'
import { StreamFault } from '../operator/stream-fault.ts'
import { restoreStatePages, type StatePage, takeStatePages } from '../operator/window/state-pages.ts'
import { OUTPUT_ROWS_MAX } from '../operator/window/window-output.ts'
import { WindowAggregateOperator } from '../operator/window-aggregate-operator.ts'
import { newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import type { BatchSource } from './batch-source.ts'

/** Version of the state pages' form. */
const STATE_VERSION = 1
const META_KEY = 'meta'

export type RunMode = 'as_served' | 'exact'

interface StateMeta {
  readonly version: number
  readonly planHash: string
  /** End number of the last window that fired; null before the first. */
  readonly fired: number | null
  readonly watermark: number | null
  /** Ingest time of the latest records, epoch ms. */
  readonly ingestedAt: number
  readonly counters: WindowCounters
}

/**
 * Runs one plan over the records of one partition, synchronously: records go in, output and late batches come out, and the state
 * that changed is handed over as pages. Nothing here reads a clock, a log or a random number.
 */
export class PartitionRunner {
  readonly plan: PhysicalPlan
  readonly #input: PipelineOperator
  readonly #output: PipelineOperator | undefined
  readonly #window: WindowAggregateOperator | undefined
  readonly #lateOperator: LateOperator | undefined
  readonly #plainCounters = newWindowCounters()
  #outputs: Batch[] = []
  #late: Batch[] = []
  #outputRows = 0
  #watermark = Number.NEGATIVE_INFINITY
  #ingestedAt = 0
  #changed = false

  constructor(plan: PhysicalPlan, options: { readonly mode: RunMode }) {
    this.plan = plan
    this.#input = new PipelineOperator(plan.input)
    if (plan.window === null || plan.output === null) return
    const output = new PipelineOperator(plan.output)
    this.#output = output
    this.#window = new WindowAggregateOperator(plan.window, {
      mode: options.mode,
      onOutput: (rows, columns) => this.#onWindows(rows, columns),
    })
    this.#lateOperator = new LateOperator(plan.window)
  }

  /** Columns of the records that every batch needs; late rows ask for further ones. */
  get columns(): readonly string[] {
    return this.plan.input.sources.map((source) => source.column)
  }

  /** Takes in records; the source's watermark never falls from one to the next. */
  push(source: BatchSource): void {
    this.#changed = true
    this.#ingestedAt = source.ingestedAt
    if (source.rows > 0) this.#pushRows(source)
    this.#watermark = Math.max(this.#watermark, source.watermarkAfter)
    this.#window?.advance(source.watermarkAfter, source.ingestedAt)
  }

  #pushRows(source: BatchSource): void {
    const columnOf = (name: string): Column => source.column(name)
    const frame = this.#input.open(source.rows, columnOf)
    this.#input.run(frame)
    if (this.#window === undefined) {
      this.#plainCounters.rowsIn += frame.count
      this.#plainCounters.rowsCounted += frame.count
      this.#plainCounters.rowsOut += frame.count
      if (frame.count > 0)
        this.#addOutput(
          this.plan.input.outputs.map((register) => frame.column(register)),
          frame.selectedRows(),
        )
      return
    }
    this.#window.push(frame, source.ingestedAt)
    const late = this.#lateOperator?.batchOf(frame, this.#window.late, columnOf)
    if (late !== undefined) this.#late.push(late)
  }

  #onWindows(rows: number, columns: ReadonlyMap<string, Column>): void {
    const output = this.#output as PipelineOperator
    const frame = output.open(rows, (name) => columns.get(name) as Column)
    output.run(frame)
    if (frame.count === 0) return
    const registers = (this.plan.output?.outputs ?? []).map((register) => frame.column(register))
    if (frame.count < rows) this.#addOutput(registers, frame.selectedRows())
    else this.#addBatch({ rows, fields: this.plan.batchFields, columns: registers })
  }

  #addOutput(columns: readonly Column[], rows: Int32Array): void {
    this.#addBatch({ rows: rows.length, fields: this.plan.batchFields, columns: columns.map((column) => takeColumn(column, rows)) })
  }

  #addBatch(batch: Batch): void {
    this.#outputs.push(batch)
    this.#outputRows += batch.rows
  }

  /**
   * Fires everything that is open and hands the rows out batch by batch, as available with the latest records; nothing can be taken
   * in afterwards.
   */
  *finish(): Generator<Batch> {
    this.#changed = true
    for (let open = this.#window !== undefined; open; ) {
      open = this.#window?.finishSome(this.#ingestedAt, OUTPUT_ROWS_MAX) ?? false
      yield* this.drainOutputs()
    }
    yield* this.drainOutputs()
  }

  /** Output rows that wait to be drained, about. */
  get pendingRows(): number {
    return this.#outputRows + (this.#window?.pendingRows ?? 0) + this.#late.reduce((sum, batch) => sum + batch.rows, 0)
  }

  /** Whether anything happened since the pages were last taken. */
  get changed(): boolean {
    return this.#changed
  }

  /** Output rows since the last call, in batches of at most 16,384 rows as far as they came in such. */
  drainOutputs(): Batch[] {
    this.#window?.flush()
    this.#window?.compact()
    const outputs = merged(this.#outputs)
    this.#outputs = []
    this.#outputRows = 0
    return outputs
  }

  /** Rows that windows refused since the last call. */
  drainLate(): Batch[] {
    const late = merged(this.#late)
    this.#late = []
    return late
  }

  get counters(): Readonly<WindowCounters> {
    return this.#window?.counters ?? this.#plainCounters
  }

  /** Sizes of the tables that number keys and distinct values: they follow what is live, not what has been. */
  get tableSizes(): { readonly keys: number; readonly values: number } {
    return this.#window?.tableSizes ?? { keys: 0, values: 0 }
  }

  /** Latest watermark of the source, epoch ms. */
  get watermark(): number {
    return this.#watermark
  }

  /** Ingest time of the latest records, epoch ms. */
  get ingestedAt(): number {
    return this.#ingestedAt
  }

  /** The state that changed since the last call. Drain outputs and late rows into the same transaction. */
  *takePages(): Generator<StatePage> {
    if (!this.#changed) return
    this.#changed = false
    if (this.#window !== undefined) yield* takeStatePages(this.#window)
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
    const meta: StateMeta = {
      version: STATE_VERSION,
      planHash: this.plan.planHash,
      fired: finite(this.#window?.fired ?? Number.NaN),
      watermark: finite(this.#watermark),
      ingestedAt: this.#ingestedAt,
      counters: this.counters,
    }
    yield { key: META_KEY, value: new TextEncoder().encode(JSON.stringify(meta)) }
  }

  /**
   * Fills a new runner from the pages of another.
   *
   * @throws StreamFault `stream/newer-state`, `stream/other-plan`
   */
  restore(pages: Iterable<{ readonly key: string; readonly value: Uint8Array }>): void {
    const all = [...pages]
    const page = all.find(({ key }) => key === META_KEY)
    if (page === undefined) return
    const meta = JSON.parse(new TextDecoder().decode(page.value)) as StateMeta
    if (meta.version !== STATE_VERSION) {
      throw new StreamFault('stream/newer-state', `The state has version ${meta.version}; this program reads version ${STATE_VERSION}.`)
    }
    if (meta.planHash !== this.plan.planHash) {
      throw new StreamFault(
        'stream/other-plan',
        `The state belongs to plan ${meta.planHash}, not to ${this.plan.planHash}; rebuild the view.`,
      )
    }
    this.#watermark = meta.watermark ?? Number.NEGATIVE_INFINITY
    this.#ingestedAt = meta.ingestedAt
    Object.assign(this.counters, meta.counters)
    if (this.#window === undefined) return
    this.#window.fired = meta.fired ?? Number.NEGATIVE_INFINITY
    restoreStatePages(
      this.#window,
      all.filter(({ key }) => key !== META_KEY),
    )
  }
}

/** Joins neighbouring batches while they stay within the size of an output batch. */
function merged(batches: readonly Batch[]): Batch[] {
  const joined: Batch[] = []
  let open: Batch[] = []
  let rows = 0
  for (const batch of batches) {
    if (rows > 0 && rows + batch.rows > OUTPUT_ROWS_MAX) {
      joined.push(concatBatches(open))
      open = []
      rows = 0
    }
    open.push(batch)
    rows += batch.rows
  }
  if (open.length > 0) joined.push(concatBatches(open))
  return joined
}

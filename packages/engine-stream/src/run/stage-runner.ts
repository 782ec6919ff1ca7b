import { type Batch, type CodedColumn, columnOf, type SafeInt64Column, takeRows } from '@millrace/columnar'
import { changeColumn } from '../operator/ordered/change.ts'
import { type FunctionSource, NO_FUNCTIONS } from '../operator/ordered/map-operator.ts'
import type { OperatorPlan, OutputOperatorPlan } from '../operator/physical-plan.ts'
import type { RowSource } from '../operator/row-source.ts'
import type { KeptPage, StatePage } from '../operator/state-page.ts'
import { StreamFault } from '../operator/stream-fault.ts'
import type { WindowCounters } from '../operator/window-counters.ts'
import type { BatchSource } from './batch-source.ts'
import { ExchangeSender, type SentBatch } from './exchange-sender.ts'
import { arrivedFrame, InputRunner, travelName } from './input-runner.ts'
import type { GraphAsset, GraphExchange, GraphInput, GraphOperator, GraphStage, GroupGraph } from './job-graph.ts'
import { deadTableBatch, lateTableBatch } from './late-mapper.ts'
import { mergedBatches } from './merged-batches.ts'
import {
  finite,
  joinRunner,
  type OperatorMeta,
  type OperatorRunner,
  outputRunner,
  type RowRunnerOptions,
  windowRunner,
} from './operator-runner.ts'
import { type Clock, OperatorTimes } from './operator-times.ts'
import { rowRunner } from './row-runner.ts'
import { slicedInput, slicedOperator, sliceInputs } from './spill/slice-plan.ts'
import { INDEX_KEY, SlicedRunner, type SliceStore } from './spill/sliced-runner.ts'
import { viewCounters } from './view-counters.ts'

/** Version of the state pages' form. */
export const STATE_VERSION = 3
/** Key of the page that says what the others are of. */
export const META_KEY = 'meta'

export type RunMode = 'as_served' | 'exact'

export interface StageOptions {
  readonly mode: RunMode
  /** By stage. */
  readonly partitions: readonly number[]
  /** Times the operators; without it nothing is timed. */
  readonly clock?: Clock
  /** Keeps operators within a budget; without it, and `exact`, they lie in memory whole. */
  readonly spill?: SpillOptions
  /** Where the functions of maps come from. */
  readonly functionOf?: FunctionSource
}

/** How operators keep to a budget. */
export interface SpillOptions {
  /** Bytes that an operator with keys may take in memory, about. */
  readonly budgetBytes: number
  /** Pages that lie apart. */
  readonly store: SliceStore
  /** Pages that a runner will be filled from: an operator whose state was written in one piece stays so. */
  readonly pages: readonly KeptPage[]
}

/** What the `meta` page of a stage's state in one partition says. */
export interface StageMeta {
  readonly version: number
  /** Hashes of the views' plans. */
  readonly plans: Readonly<Record<string, string>>
  /** By port, by channel: latest watermark. */
  readonly watermarks: readonly (readonly (number | null)[])[]
  /** Ingest time of the latest records, epoch ms. */
  readonly ingestedAt: number
  readonly operators: Readonly<Record<string, OperatorMeta>>
  /** By exchange: the progress that was last sent. */
  readonly sent: Readonly<Record<string, number | null>>
  readonly counters: Readonly<Record<string, WindowCounters>>
}

/** What a stage reads: a source's records, or what other partitions sent through an exchange. */
export interface StagePort {
  readonly source: string | null
  readonly exchange: number | null
  /** Columns that every batch needs; late rows ask for further ones. */
  readonly columns: readonly string[]
  /** By partition that writes to it: latest watermark. */
  readonly watermarks: Float64Array
}

/** An input at work, with the operator that its rows are for. */
interface TakenInput {
  readonly input: GraphInput
  readonly runner: InputRunner
  readonly ordinal: number
}

interface PortFeed {
  readonly port: StagePort
  readonly take: (source: RowSource, ingestedAt: number) => void
}

/**
 * Runs one stage of a group over one partition, synchronously: records go in, output, late and sent batches come out, and the
 * state that changed is handed over as pages. Nothing here reads a log or a random number, and a clock only to say how long it took.
 */
export class StageRunner {
  readonly graph: GroupGraph
  readonly stage: GraphStage
  readonly ports: readonly StagePort[]
  readonly #feeds: readonly (readonly PortFeed[])[]
  readonly #operators = new Map<number, OperatorRunner>()
  /** Operators that lie in slices. */
  readonly #sliced: ReadonlySet<number>
  readonly #judged = new Map<string, WindowCounters>()
  readonly #consumers = new Map<number, TakenInput[]>()
  readonly #times: OperatorTimes
  readonly #senders = new Map<number, ExchangeSender>()
  readonly #outputs = new Map<string, Batch[]>()
  readonly #late = new Map<string, Batch[]>()
  readonly #dead = new Map<string, Batch[]>()
  /** By operator of several inputs: the records of the present batch that it refused. */
  readonly #refused = new Map<number, Set<string>>()
  #pendingRows = 0
  #ingestedAt = 0
  #changed = false
  #finished = false
  #restored = false

  constructor(graph: GroupGraph, stage: GraphStage, options: StageOptions) {
    this.graph = graph
    this.stage = stage
    this.#times = new OperatorTimes(options.clock)
    this.#sliced = slicedOrdinals(graph, stage, options)
    for (const exchange of stage.writes) {
      const plan = this.#inputOf(exchange).plan
      this.#senders.set(
        exchange.ordinal,
        new ExchangeSender(plan, { exchange: exchange.ordinal, partitions: options.partitions[exchange.to] }),
      )
    }
    for (const operator of stage.operators) this.#operators.set(operator.ordinal, this.#newOperator(operator, options))
    const inputs = this.#newInputs(options.mode)
    const ofSources = stage.sources.map((source) => ({
      port: {
        source,
        exchange: null,
        columns: [...new Set(inputs.filter((one) => isFrom(one.input, source)).flatMap(({ input }) => decodedColumns(input)))],
        watermarks: new Float64Array(1).fill(Number.NEGATIVE_INFINITY),
      },
      takes: inputs
        .filter(({ input }) => isFrom(input, source))
        .map(
          (one) =>
            (rows: RowSource, at: number): void =>
              this.#take(one, rows, at),
        ),
    }))
    const ofExchanges = stage.reads.map((exchange) => this.#arrival(exchange, options.partitions[exchange.from]))
    this.ports = [...ofSources, ...ofExchanges].map(({ port }) => port)
    this.#feeds = [...ofSources, ...ofExchanges].map(({ port, takes }) => takes.map((take) => ({ port, take })))
  }

  #inputOf({ operator, input }: GraphExchange): GraphInput {
    return this.graph.operators[operator].inputs[input]
  }

  #newOperator({ ordinal, plan, asset }: GraphOperator, { mode, spill, clock, functionOf = NO_FUNCTIONS }: StageOptions): OperatorRunner {
    if (plan.kind === 'output') return outputRunner(plan, (batch) => this.#addOutput(asset as string, batch))
    const onOutput = (given: RowSource): void => {
      const rows = plan.insertsOnly ? newRows(given) : given
      for (const consumer of this.#consumers.get(ordinal) ?? []) this.#take(consumer, rows, this.#ingestedAt)
    }
    const options = { mode, onOutput, functionOf, onDead: (batch: Batch) => this.#addDead(ordinal, batch) }
    if (spill === undefined || !this.#sliced.has(ordinal)) return operatorRunner(plan, options)
    return new SlicedRunner({
      inputs: sliceInputs(plan) as NonNullable<ReturnType<typeof sliceInputs>>,
      create: () => operatorRunner(slicedOperator(plan) as typeof plan, options),
      budgetBytes: spill.budgetBytes,
      store: { pages: (prefix) => unprefixed(spill.store.pages(`${ordinal}/${prefix}`), `${ordinal}/`) },
      clock,
    })
  }

  /** What this stage does to rows on their way into its own operators and into its exchanges. */
  #newInputs(mode: RunMode): TakenInput[] {
    const mine = this.stage.operators.flatMap((operator) => operator.inputs.map((input, place) => ({ operator, input, place })))
    const sent = this.stage.writes.map((exchange) => {
      const operator = this.graph.operators[exchange.operator]
      return { operator, input: this.#inputOf(exchange), place: exchange.input }
    })
    return [...mine.filter(({ input }) => input.exchange === null), ...sent].map(({ operator, input, place }) => {
      const target =
        input.exchange === null
          ? (this.#operators.get(operator.ordinal) as OperatorRunner).targets[place]
          : (this.#senders.get(input.exchange) as ExchangeSender)
      const tilesPerWindow = operator.plan.kind === 'window' ? operator.plan.window.tilesPerWindow : 1
      const onLate = (batch: Batch): void => this.#addLate(operator.ordinal, place, batch)
      const plan = this.#sliced.has(operator.ordinal) ? slicedInput(input.plan, operator.plan) : input.plan
      const runner = new InputRunner(plan, { mode, target, tilesPerWindow, onLate })
      if (runner.counters !== null) this.#judged.set(`${operator.ordinal}/${place}`, runner.counters)
      const taken = { input, runner, ordinal: operator.ordinal }
      if (input.from.kind === 'operator')
        this.#consumers.set(input.from.ordinal, [...(this.#consumers.get(input.from.ordinal) ?? []), taken])
      return taken
    })
  }

  #take({ runner, ordinal }: TakenInput, rows: RowSource, ingestedAt: number): void {
    this.#times.during(ordinal, () => runner.take(rows, ingestedAt))
  }

  /** The port at which the rows of an exchange arrive. */
  #arrival(exchange: GraphExchange, channels: number): { readonly port: StagePort; readonly takes: PortFeed['take'][] } {
    const { plan } = this.#inputOf(exchange)
    const { registers } = plan.pipeline
    const target = (this.#operators.get(exchange.operator) as OperatorRunner).targets[exchange.input]
    const take = (rows: RowSource, at: number): void => {
      if (rows.rows > 0) this.#times.during(exchange.operator, () => target.push(arrivedFrame(rows, plan.columns, registers), at))
    }
    const columns = plan.columns.map(({ register }) => travelName(register))
    const watermarks = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY)
    return { port: { source: null, exchange: exchange.ordinal, columns, watermarks }, takes: [take] }
  }

  /** What is taken in next comes after all that was taken in before, here and elsewhere. */
  settle(): void {
    for (const operator of this.#operators.values()) operator.settle?.()
  }

  /** Takes in what a partition wrote to a port; its watermark never falls from one to the next. */
  push(port: number, channel: number, source: BatchSource): void {
    this.#changed = true
    this.#refused.clear()
    this.#ingestedAt = Math.max(this.#ingestedAt, source.ingestedAt)
    if (source.rows > 0) for (const { take } of this.#feeds[port]) take(source, source.ingestedAt)
    const { watermarks } = this.ports[port]
    watermarks[channel] = Math.max(watermarks[channel], source.watermarkAfter)
    this.#advance(source.ingestedAt)
  }

  #advance(availableAt: number): void {
    for (const { ordinal, inputs } of this.stage.operators) {
      const operator = this.#operators.get(ordinal) as OperatorRunner
      const progress = inputs.map((input) => this.#progressOf(input))
      this.#times.during(ordinal, () => {
        operator.advance(progress, availableAt)
        if (this.#feedsOperator(ordinal)) operator.flush()
      })
    }
    for (const exchange of this.stage.writes) {
      const { from, plan } = this.#inputOf(exchange)
      this.#senders.get(exchange.ordinal)?.forward(less(this.#progressFrom(from), plan.lagMs), availableAt)
    }
  }

  /** Whether more than outputs reads an operator of this stage. */
  #feedsOperator(ordinal: number): boolean {
    return (this.#consumers.get(ordinal)?.length ?? 0) > this.#outputsOf(ordinal)
  }

  #outputsOf(ordinal: number): number {
    return this.stage.operators.filter(
      ({ asset, inputs }) =>
        asset !== null && inputs[0].exchange === null && inputs[0].from.kind === 'operator' && inputs[0].from.ordinal === ordinal,
    ).length
  }

  #progressOf(input: GraphInput): number {
    if (input.exchange === null) return less(this.#progressFrom(input.from), input.plan.lagMs)
    return least(this.ports.find((port) => port.exchange === input.exchange)?.watermarks)
  }

  #progressFrom(from: GraphInput['from']): number {
    if (this.#finished) return Number.POSITIVE_INFINITY
    if (from.kind === 'source') return least(this.ports.find((port) => port.source === from.source)?.watermarks)
    const { inputs } = this.graph.operators[from.ordinal]
    return (this.#operators.get(from.ordinal) as OperatorRunner).progress(inputs.map((input) => this.#progressOf(input)))
  }

  #addOutput(asset: string, batch: Batch): void {
    addTo(this.#outputs, asset, batch)
    this.#pendingRows += batch.rows
  }

  #addLate(operator: number, input: number, refused: Batch): void {
    const batch = this.#reportedOnce({ operator, input }, refused)
    if (batch.rows === 0) return
    for (const { name, plan, operators } of this.graph.assets) {
      for (const one of plan.late?.inputs ?? []) {
        if (operators[one.operator] !== operator || one.input !== input || plan.late === null) continue
        addTo(this.#late, name, lateTableBatch(plan.late, one, batch))
        this.#pendingRows += batch.rows
      }
    }
  }

  /** Rows that the map of an operator refused, for each view that has it, under the name of its node. */
  #addDead(operator: number, batch: Batch): void {
    for (const { name, plan, operators } of this.graph.assets) {
      for (const one of plan.dead) {
        if (operators[one.operator] !== operator) continue
        addTo(this.#dead, name, deadTableBatch(one.node, batch))
        this.#pendingRows += batch.rows
      }
    }
  }

  /** A row that is late on both sides of a join is one late row. */
  #reportedOnce({ operator, input }: { operator: number; input: number }, batch: Batch): Batch {
    const { inputs } = this.graph.operators[operator]
    if (inputs.length === 1) return batch
    const only = inputs[input].plan.late?.source ?? null
    const sources = only === null ? textsOf(columnOf(batch, '_source') as CodedColumn) : null
    const arrivals = (columnOf(batch, '_arrival') as SafeInt64Column).values
    const seen = this.#refused.get(operator) ?? new Set()
    this.#refused.set(operator, seen)
    const names = Array.from(arrivals, (arrival, row) => `${arrival} ${sources === null ? only : sources[row]}`)
    const rows = Int32Array.from(arrivals.keys()).filter((row) => !seen.has(names[row]))
    for (const name of names) seen.add(name)
    return rows.length === batch.rows ? batch : takeRows(batch, rows)
  }

  /**
   * Gives everything that is open, as available with the latest records; between two steps the caller drains what came out. Nothing
   * can be taken in afterwards.
   */
  *finish(): Generator<void> {
    this.#changed = true
    for (const { ordinal } of this.stage.operators) {
      const operator = this.#operators.get(ordinal) as OperatorRunner
      for (let open = true; open; ) {
        open = operator.finishSome(this.#ingestedAt)
        operator.flush()
        for (const sender of this.#senders.values()) sender.forward(sender.progress, this.#ingestedAt)
        yield
      }
    }
    this.#finished = true
    for (const sender of this.#senders.values()) sender.forward(Number.POSITIVE_INFINITY, this.#ingestedAt)
    yield
  }

  /** Whether an operator has more to do with what it was told: `goOn` lets it. */
  get passing(): boolean {
    return this.#someOperator(({ passing }) => passing === true)
  }

  /** Whether what operators hold should be committed at once. */
  get mustCommit(): boolean {
    return this.#someOperator(({ mustCommit }) => mustCommit === true)
  }

  #someOperator(holds: (operator: OperatorRunner) => boolean): boolean {
    for (const operator of this.#operators.values()) if (holds(operator)) return true
    return false
  }

  /** Does a part of what operators have left to do. */
  goOn(): void {
    this.#changed = true
    for (const [ordinal, operator] of this.#operators) if (operator.passing === true) this.#times.during(ordinal, () => operator.goOn?.())
    this.#advance(this.#ingestedAt)
  }

  /** Lets operators take up what they put off until there is nothing else to do; false when there is nothing. */
  catchUp(): boolean {
    let found = false
    for (const operator of this.#operators.values()) found = operator.catchUp?.() === true || found
    if (found) this.goOn()
    return found
  }

  /** Lets operators take up all rows that wait for memory: `goOn` while it is `passing`. */
  takeUp(): void {
    for (const operator of this.#operators.values()) operator.takeUp?.()
  }

  /** Output, late and sent rows that wait to be drained, about. */
  get pendingRows(): number {
    let rows = this.#pendingRows
    for (const operator of this.#operators.values()) rows += operator.pendingRows
    for (const sender of this.#senders.values()) rows += sender.pendingRows
    return rows
  }

  /** Whether anything happened since the pages were last taken. */
  get changed(): boolean {
    return this.#changed
  }

  /** A view's output rows since the last call, in batches of at most 16,384 rows as far as they came in such. */
  drainOutputs(asset: string): Batch[] {
    for (const [ordinal, operator] of this.#operators) this.#times.during(ordinal, () => operator.flush())
    for (const [ordinal, operator] of this.#operators) this.#times.during(ordinal, () => operator.compact())
    return this.#drained(this.#outputs, asset)
  }

  /** A view's late rows since the last call. */
  drainLate(asset: string): Batch[] {
    return this.#drained(this.#late, asset)
  }

  /** Rows that a view's maps refused since the last call. */
  drainDead(asset: string): Batch[] {
    return this.#drained(this.#dead, asset)
  }

  #drained(from: Map<string, Batch[]>, asset: string): Batch[] {
    const batches = from.get(asset) ?? []
    from.delete(asset)
    for (const { rows } of batches) this.#pendingRows -= rows
    return mergedBatches(batches)
  }

  /** What goes to other partitions since the last call, in order. */
  drainSent(): SentBatch[] {
    return [...this.#senders.values()].flatMap((sender) => sender.drain())
  }

  /** Figures of a view in this partition. */
  countersOf(asset: string): WindowCounters {
    const view = this.graph.assets.find(({ name }) => name === asset) as GraphAsset
    return viewCounters(view, (ordinal) =>
      [this.#operators.get(ordinal)?.counters, this.#judged.get(`${ordinal}/0`)].filter((one) => one !== undefined),
    )
  }

  /** Milliseconds that the operators behind a view have worked since the runner was made; what views share counts for each. */
  msOf(asset: string): number {
    const { operators } = this.graph.assets.find(({ name }) => name === asset) as GraphAsset
    return [...new Set(operators)].reduce((sum, ordinal) => sum + this.#times.msOf(ordinal), 0)
  }

  /** Sizes of the tables that number keys and distinct values: they follow what is live, not what has been. */
  get tableSizes(): { readonly keys: number; readonly values: number } {
    const sizes = { keys: 0, values: 0 }
    for (const { tableSizes } of this.#operators.values()) {
      sizes.keys += tableSizes.keys
      sizes.values += tableSizes.values
    }
    return sizes
  }

  /** How far everything that it reads has come, epoch ms. */
  get watermark(): number {
    return Math.min(...this.ports.map(({ watermarks }) => least(watermarks)))
  }

  /** Ingest time of the latest records, epoch ms. */
  get ingestedAt(): number {
    return this.#ingestedAt
  }

  /** The state that changed since the last call. Drain everything else into the same transaction. */
  *takePages(): Generator<StatePage> {
    if (!this.#changed) return
    this.#changed = false
    for (const [ordinal, operator] of this.#operators) {
      for (const page of operator.takePages()) yield { ...page, key: `${ordinal}/${page.key}` }
    }
    const figures = [...this.#operators].map(([ordinal, { counters }]) => [String(ordinal), counters] as const)
    const meta: StageMeta = {
      version: STATE_VERSION,
      plans: planHashes(this.graph),
      watermarks: this.ports.map(({ watermarks }) => Array.from(watermarks, finite)),
      ingestedAt: this.#ingestedAt,
      operators: Object.fromEntries([...this.#operators].map(([ordinal, { meta: one }]) => [ordinal, one])),
      sent: Object.fromEntries([...this.#senders].map(([ordinal, { progress }]) => [ordinal, finite(progress)])),
      counters: Object.fromEntries([...figures, ...this.#judged]),
    }
    yield { key: META_KEY, value: new TextEncoder().encode(JSON.stringify(meta)) }
  }

  /** Whether it was filled from the pages of another. */
  get restored(): boolean {
    return this.#restored
  }

  /**
   * Fills a new runner from the pages of another.
   *
   * @throws StreamFault `stream/newer-state`, `stream/older-state`, `stream/other-plan`
   */
  restore(pages: Iterable<KeptPage>): void {
    const all = [...pages]
    const page = all.find(({ key }) => key === META_KEY)
    if (page === undefined) return
    const meta = JSON.parse(new TextDecoder().decode(page.value)) as StageMeta
    checkMeta(meta, planHashes(this.graph))
    this.#restored = true
    this.#ingestedAt = meta.ingestedAt
    for (const [place, { watermarks }] of this.ports.entries()) {
      meta.watermarks[place].forEach((watermark, channel) => {
        watermarks[channel] = watermark ?? Number.NEGATIVE_INFINITY
      })
    }
    for (const [ordinal, sender] of this.#senders) sender.restore(meta.sent[ordinal] ?? Number.NEGATIVE_INFINITY)
    for (const [name, counters] of this.#judged) Object.assign(counters, meta.counters[name])
    const ofOperator = Map.groupBy(all, ({ key }) => key.slice(0, key.indexOf('/')))
    for (const [ordinal, operator] of this.#operators) {
      const name = String(ordinal)
      Object.assign(operator.counters, meta.counters[name])
      const own = (ofOperator.get(name) ?? []).map(({ key, value }) => ({ key: key.slice(name.length + 1), value }))
      operator.restore(meta.operators[name] ?? {}, own)
    }
  }
}

function operatorRunner(plan: Exclude<OperatorPlan, OutputOperatorPlan>, options: RowRunnerOptions): OperatorRunner {
  if (plan.kind === 'rows') return rowRunner(plan, options)
  return plan.kind === 'window' ? windowRunner(plan, options) : joinRunner(plan, options)
}

/**
 * Operators that keep to a budget: all that can, but those whose state was written in one piece, and those before a lookup, whose answer
 * depends on when their rows come.
 */
function slicedOrdinals(graph: GroupGraph, stage: GraphStage, { mode, spill }: StageOptions): ReadonlySet<number> {
  if (spill === undefined || mode === 'exact') return new Set()
  const fresh = spill.pages.length === 0
  const known = new Set(spill.pages.map(({ key }) => key))
  const timed = beforeLookups(graph)
  const able = stage.operators
    .filter(({ plan, ordinal }) => sliceInputs(plan) !== null && !timed.has(ordinal))
    .map(({ ordinal }) => ordinal)
  return new Set(able.filter((ordinal) => fresh || known.has(`${ordinal}/${INDEX_KEY}`)))
}

function beforeLookups({ operators }: GroupGraph): ReadonlySet<number> {
  const found = new Set<number>()
  for (const { ordinal, plan, inputs } of operators.toReversed()) {
    if (!found.has(ordinal) && !(plan.kind === 'rows' && plan.work.kind === 'lookup')) continue
    for (const { from } of inputs) if (from.kind === 'operator') found.add(from.ordinal)
  }
  return found
}

function* unprefixed(pages: Iterable<KeptPage>, prefix: string): Generator<KeptPage> {
  for (const { key, value } of pages) yield { key: key.slice(prefix.length), value }
}

/** Rows none of which is a correction, for those who expect some. */
function newRows(rows: RowSource): RowSource {
  return { rows: rows.rows, column: (name) => (name === '_op' ? changeColumn(new Int32Array(rows.rows)) : rows.column(name)) }
}

function textsOf({ codes, dictionary }: CodedColumn): string[] {
  return Array.from(codes, (code) => dictionary.text(code))
}

function isFrom({ from }: GraphInput, source: string): boolean {
  return from.kind === 'source' && from.source === source
}

function decodedColumns({ plan }: GraphInput): string[] {
  return plan.pipeline.sources.map(({ column }) => column)
}

/** Progress of rows whose event time may lie so much before that of where they come from; null: nothing is known before the end. */
function less(progress: number, lagMs: number | null): number {
  if (progress === Number.POSITIVE_INFINITY) return progress
  return lagMs === null ? Number.NEGATIVE_INFINITY : progress - lagMs
}

function least(watermarks: Float64Array | undefined): number {
  return watermarks === undefined ? Number.POSITIVE_INFINITY : Math.min(...watermarks)
}

function addTo(batches: Map<string, Batch[]>, asset: string, batch: Batch): void {
  const known = batches.get(asset)
  if (known === undefined) batches.set(asset, [batch])
  else known.push(batch)
}

/** By view of the group. */
export function planHashes(graph: GroupGraph): Record<string, string> {
  return Object.fromEntries(graph.assets.map(({ name, plan }) => [name, plan.planHash]))
}

function checkMeta(meta: StageMeta, expected: Readonly<Record<string, string>>): void {
  if (meta.version !== STATE_VERSION) {
    const code = meta.version > STATE_VERSION ? 'stream/newer-state' : 'stream/older-state'
    throw new StreamFault(code, `The state has version ${meta.version}; this program reads version ${STATE_VERSION}.`)
  }
  const names = new Set([...Object.keys(meta.plans), ...Object.keys(expected)])
  const differs = [...names].find((name) => meta.plans[name] !== expected[name])
  if (differs === undefined) return
  const found = `The state belongs to plan ${meta.plans[differs] ?? 'none'} of \`${differs}\``
  throw new StreamFault('stream/other-plan', `${found}, not to ${expected[differs] ?? 'none'}; rebuild the view.`)
}

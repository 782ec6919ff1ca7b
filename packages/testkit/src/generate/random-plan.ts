import {
  type Aggregate,
  type CheckedNode,
  checkPlan,
  type Expr,
  isOrderable,
  type Plan,
  type PlanNode,
  type PlanSource,
  type ProjectedColumn,
  typeOf,
  type Window,
} from '@millrace/core'
import { isInexact } from '../expected-result.ts'
import type { Random } from './random.ts'
import { type ExprScope, randomCondition, randomExpr } from './random-expr.ts'
import { COLUMN_TYPES } from './random-value.ts'

/** Deepest nesting of generated expressions. */
const DEPTH_MAX = 3
const SIZES_MS: readonly number[] = [1, 2, 7, 10, 60, 1000, 1500, 60_000, 300_000, 3_600_000, 86_400_000, 604_800_000]
const SHORT_NAMES: Readonly<Record<string, string>> = {
  boolean: 'boo',
  int32: 'int',
  int64: 'big',
  double: 'num',
  string: 'txt',
  bytes: 'byt',
  timestamp: 'ts',
  date: 'day',
}

/** Which nodes generated plans may have beside filters and projects; all that is left out is not drawn. */
export interface PlanFeatures {
  /** Share of plans that aggregate over windows; 0.8 by default. */
  readonly windowShare?: number
  /** Whether windows of kind `all` are drawn; not by default. */
  readonly all?: boolean
  /** Whether windows over windows are drawn; not by default. */
  readonly cascade?: boolean
}

/** A source of one event time `ts1` and one to six more fields, keyed by up to two of them. */
export function randomSource(random: Random, name: string): PlanSource {
  const types = random.list(1, 6, () => random.pick(COLUMN_TYPES))
  const fields = types.map((type, i) => randomField(random, `${SHORT_NAMES[type]}${i + 2}`, type))
  const keys = fields.filter((field) => field.type !== 'double')
  return {
    name,
    event_time: 'ts1',
    key: random.chance(0.8) ? random.some(keys, random.pick([1, 1, 2])).map((field) => field.name) : undefined,
    watermark_delay_ms: 0,
    late: random.pick(['keep', 'drop']),
    splits: random.chance(0.5) ? random.int(1, 3) : undefined,
    fields: [{ name: 'ts1', type: 'timestamp' }, ...fields],
  }
}

function randomField(random: Random, name: string, type: string): PlanSource['fields'][number] {
  const nullable = random.chance(0.6) ? true : undefined
  return type === 'int32' && random.chance(0.2) ? { name, type, nullable, min: '-1000000', max: '1000000' } : { name, type, nullable }
}

/** A plan over the source: scan, up to three filters and projects, mostly a window, up to two more filters and projects. */
export function randomPlan(random: Random, sources: readonly PlanSource[], features: PlanFeatures = {}): Plan {
  const builder = new PlanBuilder(random, sources)
  for (let i = random.pick([0, 0, 1, 1, 2, 3]); i > 0; i--) builder.filterOrProject()
  if (random.chance(features.windowShare ?? 0.8)) {
    builder.windowAggregate(features)
    for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) builder.filterOrProject()
    if (features.cascade === true && random.chance(0.3)) builder.windowOverWindow()
  }
  return builder.plan()
}

/** Adds nodes to a chain that stays well typed, and remembers which columns engines may round differently. */
class PlanBuilder {
  readonly #random: Random
  readonly #sources: readonly PlanSource[]
  readonly #nodes: PlanNode[]
  /** Columns that may only be passed on: a comparison with a rounded double would be a coin toss. */
  #inexact: ReadonlySet<string> = new Set()
  #last: CheckedNode

  constructor(random: Random, sources: readonly PlanSource[]) {
    this.#random = random
    this.#sources = sources
    this.#nodes = [{ id: 'n1', kind: 'scan', source: sources[0].name }]
    this.#last = checkPlan(this.plan()).output
  }

  plan(): Plan {
    return { millrace_plan: 1, sources: this.#sources, nodes: this.#nodes, output: this.#nodes[this.#nodes.length - 1].id }
  }

  filterOrProject(): void {
    if (this.#random.chance(0.5)) this.#add({ ...this.#next(), kind: 'filter', where: this.#condition() })
    else this.#project()
  }

  windowAggregate(features: PlanFeatures): void {
    const random = this.#random
    const kept = this.#last.partitionedBy ?? []
    const extra = this.#last.fields.filter(
      (field) => field.type !== 'double' && !kept.includes(field.name) && !field.name.startsWith('window_'),
    )
    const keys = [...new Set([...kept, ...(random.chance(0.3) ? random.some(extra, 1).map((field) => field.name) : [])])]
    const aggregates = random.list(random.chance(0.05) ? 0 : 1, 5, (i) =>
      randomAggregate(this.#scope(), `agg${this.#nodes.length}${i + 1}`),
    )
    const fields = this.#last.fields
    this.#add({ ...this.#next(), kind: 'window-aggregate', keys, window: randomWindow(random, features), aggregates })
    const isRounded = ({ fn, args }: Aggregate) => isInexact(fn, args?.[0] === undefined ? undefined : typeOf(args[0], fields).type)
    this.#inexact = new Set(aggregates.filter(isRounded).map((aggregate) => aggregate.name))
  }

  /** Rows of an aggregate without a window have no event time, so nothing is drawn over them. */
  windowOverWindow(): void {
    if (this.#nodes.every((node) => node.kind !== 'window-aggregate' || node.window.kind !== 'all')) this.windowAggregate({})
  }

  /** Often two conditions of which one is enough, so that rows are left for the nodes behind, or both are needed. */
  #condition(): Expr {
    const one = randomCondition(this.#scope(), DEPTH_MAX)
    return this.#random.chance(0.4) ? { fn: this.#random.pick(['or', 'or', 'and']), args: [one, randomCondition(this.#scope(), 1)] } : one
  }

  /** Keeps the partition keys as bare columns, since a window behind needs them. */
  #project(): void {
    const random = this.#random
    const keys = new Set(this.#last.partitionedBy)
    const columns: ProjectedColumn[] = this.#last.fields
      .filter((field) => keys.has(field.name) || random.chance(0.7))
      .map((field) => ({ name: random.chance(0.1) ? `${field.name}_renamed` : field.name, expr: { col: field.name } }))
    const computed = random.list(random.chance(0.1) && columns.length > 0 ? 0 : 1, 4, (i) => {
      const type = random.pick(COLUMN_TYPES)
      return { name: `${SHORT_NAMES[type]}_${this.#nodes.length}_${i}`, expr: randomExpr(this.#scope(), type, DEPTH_MAX) }
    })
    const inexact = columns.filter((column) => 'col' in column.expr && this.#inexact.has(column.expr.col)).map((column) => column.name)
    this.#add({ ...this.#next(), kind: 'project', columns: this.#withEventTime([...columns, ...computed]) })
    this.#inexact = new Set(inexact)
  }

  /** Now and then makes another bare timestamp the event time. */
  #withEventTime(columns: readonly ProjectedColumn[]): readonly ProjectedColumn[] {
    const isTime = ({ expr }: ProjectedColumn) =>
      'col' in expr && this.#last.fields.some((field) => field.name === expr.col && field.type === 'timestamp' && !field.nullable)
    const marked = this.#random.chance(0.2) ? columns.findLast(isTime) : undefined
    return columns.map((column) => (column === marked ? { ...column, event_time: true } : column))
  }

  #scope(): ExprScope {
    return { random: this.#random, columns: this.#last.fields.filter((field) => !this.#inexact.has(field.name)) }
  }

  #next(): { readonly id: string; readonly input: string } {
    return { id: `n${this.#nodes.length + 1}`, input: this.#last.node.id }
  }

  #add(node: PlanNode): void {
    this.#nodes.push(node)
    this.#last = checkPlan(this.plan()).output
  }
}

/** Tumbling or hopping, from a millisecond to weeks, on the epoch's grid or beside it. */
export function randomWindow(random: Random, features: PlanFeatures = {}): Window {
  if (features.all === true && random.chance(0.2)) return { kind: 'all' }
  const every_ms = random.pick(SIZES_MS)
  const offset_ms = random.chance(0.3) ? random.int(-2, 3) * random.pick([1, Math.ceil(every_ms / 3), every_ms]) : undefined
  if (random.chance(0.4)) return { kind: 'tumbling', size_ms: every_ms, offset_ms }
  return { kind: 'hopping', size_ms: every_ms * random.pick([1, 2, 3, 4, 5, 6]), every_ms, offset_ms }
}

function randomAggregate(scope: ExprScope, name: string): Aggregate {
  const { random } = scope
  const fn = random.pick(['count', 'count', 'count_distinct', 'count_distinct', 'sum', 'sum', 'avg', 'min', 'max'])
  const where = random.chance(0.3) ? randomCondition(scope, 2) : undefined
  if (fn === 'count' && random.chance(0.5)) return { name, fn, where }
  const max = fn === 'count_distinct' && random.chance(0.6) ? random.pick([1, 2, 2, 3, 10_000]) : undefined
  return { name, fn, args: [randomExpr(scope, argumentType(random, fn), random.chance(0.6) ? 0 : 2)], where, max }
}

function argumentType(random: Random, fn: string): string {
  if (fn === 'sum' || fn === 'avg') return random.pick(['int32', 'int64', 'double'])
  if (fn === 'count_distinct') return random.pick(COLUMN_TYPES.filter((type) => type !== 'double'))
  if (fn === 'min' || fn === 'max') return random.pick(COLUMN_TYPES.filter(isOrderable))
  return random.pick(COLUMN_TYPES)
}

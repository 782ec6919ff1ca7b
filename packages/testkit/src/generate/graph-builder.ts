import {
  type Aggregate,
  type AsOfJoinNode,
  type CalendarWindow,
  type CheckedNode,
  checkPlan,
  type Expr,
  type FixedWindow,
  type IntervalJoinNode,
  type LookupJoinNode,
  MillraceError,
  type Plan,
  type PlanNode,
  type PlanSource,
  typeOf,
  type Window,
} from '@millrace/core'
import { DIGEST_COLUMNS } from '../case/map-functions.ts'
import { isInexact } from '../expected-result.ts'
import type { Random } from './random.ts'
import { type ExprScope, randomCondition, randomExpr } from './random-expr.ts'
import { COLUMN_TYPES, randomLiteral, SHORT_NAMES } from './random-value.ts'
import { LENGTHS_MS, randomAggregate, randomFixedWindow, ZONES } from './random-window.ts'

/** What may stand in a graph beside scans, filters and projects; `revise` is the late policy of some sources, `early` gives some windows early results. */
export const GRAPH_KINDS = [
  'exchange',
  'fixed',
  'session',
  'calendar',
  'all',
  'over-aggregate',
  'interval',
  'as-of',
  'lookup',
  'dedupe',
  'latest',
  'union',
  'top-n',
  'map',
  'sink',
  'revise',
  'early',
] as const
export type GraphKind = (typeof GRAPH_KINDS)[number]

/** Most exchanges' partitions. */
const PARTITIONS_MAX = 7
/** Deepest nesting of expressions. */
const DEPTH_MAX = 2

type Join = IntervalJoinNode | AsOfJoinNode | LookupJoinNode
type Field = CheckedNode['fields'][number]
type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never

/** Grows a plan node by node into a graph of several branches and sources; each node goes on from the one before or from one further back. */
export class GraphBuilder {
  readonly #random: Random
  readonly #sources: readonly PlanSource[]
  readonly #kinds: ReadonlySet<string>
  #nodes: readonly PlanNode[] = []
  #last: CheckedNode
  /** Columns of the last node that engines may round differently; they end with the next node but a filter or a project. */
  #inexact: ReadonlySet<string> = new Set()
  readonly #inexactByNode = new Map<string, ReadonlySet<string>>()

  constructor(random: Random, sources: readonly PlanSource[], kinds: Iterable<GraphKind>) {
    this.#random = random
    this.#sources = sources
    this.#kinds = new Set(kinds)
    this.#last = this.#scan()
  }

  /** Nodes but scans. */
  get size(): number {
    return this.#nodes.filter((node) => node.kind !== 'scan').length
  }

  plan(): Plan {
    return this.#plan(this.#last.node.id)
  }

  /** Adds a node of some kind that fits, with what it needs before it; where the checker refuses it after all, nothing. */
  grow(): void {
    const before = { nodes: this.#nodes, last: this.#last, inexact: this.#inexact }
    const step = this.#random.pick(this.#fitting())
    try {
      step()
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      this.#nodes = before.nodes
      this.#last = before.last
      this.#inexact = before.inexact
    }
  }

  #fitting(): readonly (() => void)[] {
    const { upsert, immediate, window } = this.#last
    const steps: readonly (readonly [fits: boolean, step: () => void, kind?: GraphKind, weight?: number])[] = [
      [true, () => this.#filter()],
      [true, () => this.#project()],
      [true, () => this.#exchange(this.#someKeys()), 'exchange'],
      [!upsert, () => this.#window(this.#early(randomFixedWindow(this.#random))), 'fixed'],
      [!upsert, () => this.#window({ kind: 'session', gap_ms: this.#length() }), 'session'],
      [!upsert, () => this.#window(this.#early(this.#calendar())), 'calendar'],
      [true, () => this.#window({ kind: 'all' }), 'all'],
      [!upsert, () => this.#map(), 'map'],
      [!upsert, () => this.#overAggregate(), 'over-aggregate'],
      [!upsert, () => this.#dedupe(), 'dedupe'],
      [!upsert, () => this.#latest(), 'latest'],
      [true, () => this.#union(), 'union', 2],
      [upsert || window !== undefined, () => this.#topN(), 'top-n', 2],
      [!upsert, () => this.#joinInTime('interval'), 'interval', 2],
      [!upsert, () => this.#joinInTime('as-of'), 'as-of', 2],
      [!upsert && immediate, () => this.#lookup(), 'lookup', 2],
      [this.#random.chance(0.2), () => this.#add({ kind: 'sink', input: this.#id(), to: 'out' }), 'sink'],
    ]
    const isAllowed = (kind: GraphKind | undefined): boolean => kind === undefined || this.#kinds.has(kind)
    return steps.flatMap(([fits, step, kind, weight = 1]) => (fits && isAllowed(kind) ? Array<() => void>(weight).fill(step) : []))
  }

  #calendar(): CalendarWindow {
    return { kind: 'calendar', unit: this.#random.pick(['day', 'day', 'week', 'month']), zone: this.#random.pick(ZONES) }
  }

  /** Now and then a window gives what it holds before it is over, more often among few kinds; what stands behind it must then bear corrections. */
  #early(window: FixedWindow | CalendarWindow): Window {
    if (!this.#kinds.has('early') || !this.#random.chance(this.#kinds.size < GRAPH_KINDS.length ? 0.8 : 0.2)) return window
    const parts = this.#random.pick([2, 3, 4, 10, 60])
    const size = window.kind === 'calendar' ? 86_400_000 : window.size_ms
    return size % parts === 0 ? { ...window, early_ms: size / parts } : window
  }

  #length(): number {
    return this.#random.pick(LENGTHS_MS) * this.#random.pick([1, 1, 2, 3])
  }

  /** Often one of two conditions is enough, so that rows are left for the nodes behind. */
  #filter(): void {
    const one = randomCondition(this.#scope(), DEPTH_MAX)
    const where = this.#random.chance(0.5) ? { fn: 'or', args: [one, randomCondition(this.#scope(), 1)] } : one
    this.#add({ kind: 'filter', input: this.#id(), where })
  }

  /** Most columns, some under other names, and computed ones; now and then another event time. */
  #project(): void {
    const random = this.#random
    const kept = new Set([
      ...(this.#last.partitionedBy ?? []),
      ...(this.#last.window === undefined ? [] : Object.values(this.#last.window)),
    ])
    const columns = this.#last.fields
      .filter((field) => kept.has(field.name) || random.chance(0.8))
      .map((field) => ({ name: random.chance(0.1) ? `${field.name}_r` : field.name, expr: { col: field.name } as Expr }))
    const computed = random.list(columns.length === 0 ? 1 : 0, 2, (i) => {
      const type = random.pick(COLUMN_TYPES)
      return { name: `${SHORT_NAMES[type]}_${this.#nodes.length}_${i}`, expr: randomExpr(this.#scope(), type, DEPTH_MAX) }
    })
    const isTime = ({ expr }: { readonly expr: Expr }) =>
      'col' in expr && this.#last.fields.some((field) => field.name === expr.col && field.type === 'timestamp' && !field.nullable)
    const marked = random.chance(0.1) ? columns.findLast(isTime) : undefined
    const inexact = columns.filter(({ expr }) => 'col' in expr && this.#inexact.has(expr.col)).map(({ name }) => name)
    const all = [...columns, ...computed].map((column) => (column === marked ? { ...column, event_time: true } : column))
    this.#add({ kind: 'project', input: this.#id(), columns: all }, inexact)
  }

  /** A function of some of the columns; those that engines may round differently are handed on unseen. */
  #map(): void {
    const { random } = this.#scope()
    const readable = this.#last.fields.map(({ name }) => name).filter((name) => !this.#inexact.has(name))
    const reads = random.some(readable, random.int(0, 3))
    const columns = random.chance(0.7) ? DIGEST_COLUMNS : DIGEST_COLUMNS.toReversed()
    this.#add({ kind: 'map', input: this.#id(), function: { name: 'digest' }, reads, columns }, [...this.#inexact])
  }

  #exchange(keys: readonly string[], partitions = this.#random.chance(0.5) ? this.#random.int(1, PARTITIONS_MAX) : undefined): void {
    this.#exact()
    this.#add({ kind: 'exchange', input: this.#id(), keys, partitions })
  }

  #someKeys(): readonly string[] {
    const names = this.#keyFields().map((field) => field.name)
    return this.#random.some(names, this.#random.pick([0, 1, 1, 1, 2]))
  }

  /** Keys by which the rows lie, after an exchange where they lie by nothing known, and now and then one more. */
  #keys(): readonly string[] {
    this.#exact()
    if (this.#last.partitionedBy === undefined || this.#last.partitionedBy.some((name) => !this.#isKey(name)))
      this.#exchange(this.#someKeys())
    const kept = this.#last.partitionedBy ?? []
    const others = this.#keyFields().filter((field) => !kept.includes(field.name))
    return [...kept, ...(this.#random.chance(0.3) ? this.#random.some(others, 1).map((field) => field.name) : [])]
  }

  #window(window: Window): void {
    const keys = this.#keys()
    const aggregates = this.#aggregates(keys.length === 0 ? 1 : 0)
    this.#add({ kind: 'window-aggregate', input: this.#id(), keys, window, aggregates }, this.#inexactOf(aggregates))
  }

  #overAggregate(): void {
    const keys = this.#keys()
    const aggregates = this.#aggregates(1)
    const range_ms = this.#random.chance(0.1) ? 0 : this.#length()
    this.#add({ kind: 'over-aggregate', input: this.#id(), keys, range_ms, aggregates }, this.#inexactOf(aggregates))
  }

  #aggregates(least: number): readonly Aggregate[] {
    return this.#random.list(least, 3, (i) => randomAggregate(this.#scope(), `agg_${this.#nodes.length}_${i}`))
  }

  #inexactOf(aggregates: readonly Aggregate[]): readonly string[] {
    const { fields } = this.#last
    return aggregates
      .filter(({ fn, args }) => isInexact(fn, args?.[0] === undefined ? undefined : typeOf(args[0], fields).type))
      .map(({ name }) => name)
  }

  #dedupe(): void {
    const keys = this.#keys()
    this.#add({ kind: 'dedupe', input: this.#id(), keys, horizon_ms: this.#random.chance(0.2) ? 0 : this.#length() })
  }

  #latest(): void {
    const keys = this.#keys()
    const flags = this.#last.fields.filter((field) => field.type === 'boolean').map((field) => field.name)
    const deleted = flags.length > 0 && this.#random.chance(0.8) ? this.#random.pick(flags) : undefined
    this.#add({ kind: 'latest', input: this.#id(), keys, deleted })
  }

  /** Of all rows, or of each group by some keys. */
  #topN(keys?: readonly string[]): void {
    const random = this.#random
    if (keys === undefined && this.#last.upsert && random.chance(0.4)) this.#exchange([])
    this.#exact()
    const { window, upsert } = this.#last
    const bounds = window === undefined || (upsert && random.chance(0.5)) ? [] : [window.start, window.end]
    const per = keys ?? [...new Set([...bounds, ...(this.#last.partitionedBy ?? [])])]
    const order_by = random.some(this.#last.fields, 2).map(({ name }) => [name, random.pick(['asc', 'desc'] as const)] as const)
    this.#add({
      kind: 'top-n',
      input: this.#id(),
      per,
      order_by,
      n: random.int(1, 3),
      rank: random.chance(0.6) ? `rank_${this.#nodes.length}` : undefined,
    })
  }

  /** What is there and another branch, or itself again, made alike. */
  #union(): void {
    const random = this.#random
    this.#exact()
    const first = this.#last
    if (random.chance(0.3)) this.#disguise()
    else this.#elsewhere()
    const inputs = [first.node.id, this.#alike(first)]
    if (random.chance(0.2)) inputs.push(random.pick(inputs))
    this.#add({ kind: 'union', inputs: random.chance(0.5) ? inputs : inputs.toReversed() })
    if (this.#last.upsert || random.chance(0.5)) return
    if (this.#kinds.has('dedupe') && random.chance(0.5)) this.#dedupe()
    else if (this.#kinds.has('latest')) this.#latest()
  }

  /** The same rows with another value in a column that they do not lie by: two rows of one record. */
  #disguise(): void {
    const random = this.#random
    const kept = this.#last.partitionedBy ?? []
    const free = this.#last.fields.filter(({ name }) => !kept.includes(name))
    const changed = free.length === 0 ? undefined : random.pick(free)
    const columns = this.#last.fields.map((field) => ({
      name: field.name,
      expr: field === changed ? randomExpr(this.#scope(), field.type, 1) : { col: field.name },
    }))
    this.#add({ kind: 'project', input: this.#id(), columns })
  }

  /** The last node with the columns of another: its own of the same types, or literals. */
  #alike(other: CheckedNode): string {
    this.#exact()
    const form = (node: CheckedNode): string => node.fields.map(({ name, type }) => `${name} ${type}`).join()
    if (form(this.#last) === form(other)) return this.#id()
    const columns = other.fields.map(({ name, type }) => {
      const same = this.#last.fields.filter((field) => field.type === type)
      const named = same.find((field) => field.name === name) ?? (same.length === 0 ? undefined : this.#random.pick(same))
      return { name, expr: named === undefined ? randomLiteral(this.#random, type) : { col: named.name } }
    })
    this.#add({ kind: 'project', input: this.#id(), columns })
    return this.#id()
  }

  /** Goes on from a source, mostly, or from an earlier node. */
  #elsewhere(): void {
    const random = this.#random
    this.#last = random.chance(0.7) ? this.#scan() : this.#checked(random.pick(this.#nodes).id)
    this.#inexact = this.#inexactByNode.get(this.#id()) ?? new Set()
    if (random.chance(0.3)) this.#filter()
  }

  #joinInTime(type: 'interval' | 'as-of'): void {
    const random = this.#random
    this.#exact()
    const left = this.#last
    this.#elsewhere()
    const [how, size] = [random.pick(['left', 'left', 'inner', undefined] as const), this.#length()]
    const lower_ms = size * random.pick([-3, -1, -1, 0, 0, 1]) + random.int(-1, 1)
    const wide = lower_ms + size * random.pick([0, 1, 2])
    this.#join(left, type !== 'interval', (on) =>
      type === 'interval'
        ? { type, how, lower_ms, upper_ms: on === 0 ? lower_ms : wide }
        : { type, how, strict: random.chance(0.5) ? true : undefined, max_age_ms: random.chance(0.5) ? size : undefined },
    )
  }

  /** Right is a source or what a filter leaves of it, its current rows, or running aggregates over either, or over the first of these or all twice. */
  #lookup(): void {
    const random = this.#random
    const left = this.#last
    this.#last = this.#scan()
    this.#inexact = new Set()
    if (random.chance(0.3)) this.#filter()
    const pair = this.#pair(left)
    if (pair === undefined) return
    const partitions = random.int(1, PARTITIONS_MAX)
    this.#exchange([pair[1]], partitions)
    const flags = this.#last.fields.filter((field) => field.type === 'boolean').map((field) => field.name)
    const deleted = flags.length > 0 && random.chance(0.8) ? random.pick(flags) : undefined
    const kind = random.int(0, 3)
    const extra = kind === 3 ? random.some(this.#keyFields(), 1).map((field) => field.name) : []
    if (kind % 2 === 1) this.#add({ kind: 'latest', input: this.#id(), keys: [...new Set([pair[1], ...extra])], deleted })
    if (kind === 3 && random.chance(0.3)) this.#topN([pair[1]])
    if (kind === 3 && random.chance(0.2)) this.#add({ kind: 'union', inputs: [this.#id(), this.#id()] })
    if (kind >= 2) {
      const aggregates = this.#aggregates(1)
      this.#add(
        { kind: 'window-aggregate', input: this.#id(), keys: [pair[1]], window: { kind: 'all' }, aggregates },
        this.#inexactOf(aggregates),
      )
    }
    this.#exact()
    if (random.chance(0.2)) this.#filter()
    const right = this.#last
    this.#last = left
    this.#exchange([pair[0]], partitions)
    const moved = this.#last
    this.#last = right
    const how = random.pick(['left', 'left', 'inner', undefined] as const)
    this.#connect(moved, [pair], { type: 'lookup', how })
  }

  /** Joins the branch on the left with the last node, where they lie or after exchanges. */
  #join(
    left: CheckedNode,
    needsKeys: boolean,
    form: (keys: number) => DistributedOmit<Join, 'id' | 'kind' | 'left' | 'right' | 'on'>,
  ): void {
    this.#exact()
    const on = this.#liesWith(left)
    if (on !== undefined && (on.length > 0 || !needsKeys)) {
      this.#connect(left, on, form(on.length))
      return
    }
    const pair = this.#pair(left)
    if (pair === undefined) return
    const partitions = this.#random.int(1, PARTITIONS_MAX)
    this.#exchange([pair[1]], partitions)
    const right = this.#last
    this.#last = left
    this.#exchange([pair[0]], partitions)
    const moved = this.#last
    this.#last = right
    this.#connect(moved, [pair], form(1))
  }

  /** Pairs of the columns by which both lie, where these are of the same types. */
  #liesWith(left: CheckedNode): readonly (readonly [string, string])[] | undefined {
    const typesOf = (node: CheckedNode) =>
      node.partitionedBy?.map((name) => keyType(node.fields.find((field) => field.name === name) as Field))
    const [lefts, rights] = [typesOf(left), typesOf(this.#last)]
    if (lefts === undefined || rights === undefined || lefts.join() !== rights.join()) return undefined
    return (left.partitionedBy ?? []).map((name, i) => [name, (this.#last.partitionedBy ?? [])[i]] as const)
  }

  /** A column of the left branch and one of the last node of the same type. */
  #pair(left: CheckedNode): readonly [string, string] | undefined {
    const pairs = keyFieldsOf(left).flatMap((field) =>
      this.#keyFields()
        .filter((other) => keyType(other) === keyType(field))
        .map((other) => [field.name, other.name] as const),
    )
    return pairs.length === 0 ? undefined : this.#random.pick(pairs)
  }

  /** Right's columns get names of their own first. */
  #connect(
    left: CheckedNode,
    on: readonly (readonly [string, string])[],
    form: DistributedOmit<Join, 'id' | 'kind' | 'left' | 'right' | 'on'>,
  ): void {
    const suffix = `_${this.#nodes.length}`
    this.#add({
      kind: 'project',
      input: this.#id(),
      columns: this.#last.fields.map(({ name }) => ({ name: `${name}${suffix}`, expr: { col: name } })),
    })
    const pairs = on.map(([a, b]) => [a, `${b}${suffix}`] as const)
    this.#add({ kind: 'join', left: left.node.id, right: this.#id(), on: pairs, ...form } as DistributedOmit<Join, 'id'>)
  }

  /** Lets columns go that engines may round differently: a comparison with one of them would be a coin toss. */
  #exact(): void {
    if (this.#inexact.size === 0) return
    const columns = this.#last.fields.filter(({ name }) => !this.#inexact.has(name)).map(({ name }) => ({ name, expr: { col: name } }))
    this.#add({ kind: 'project', input: this.#id(), columns })
  }

  /** A source's rows, mostly of one that was not read yet. */
  #scan(): CheckedNode {
    const unread = this.#sources.filter(({ name }) => !this.#nodes.some((node) => node.kind === 'scan' && node.source === name))
    const { name } = this.#random.pick(unread.length > 0 && this.#random.chance(0.8) ? unread : this.#sources)
    const known = this.#nodes.find((node) => node.kind === 'scan' && node.source === name)
    if (known === undefined) this.#add({ kind: 'scan', source: name })
    return known === undefined ? this.#last : this.#checked(known.id)
  }

  #isKey(name: string): boolean {
    return this.#keyFields().some((field) => field.name === name)
  }

  #keyFields(): readonly Field[] {
    return keyFieldsOf(this.#last).filter((field) => !this.#inexact.has(field.name))
  }

  #scope(): ExprScope {
    return { random: this.#random, columns: this.#last.fields.filter((field) => !this.#inexact.has(field.name)) }
  }

  #id(): string {
    return this.#last.node.id
  }

  #add(node: DistributedOmit<PlanNode, 'id'>, inexact: readonly string[] = []): void {
    const id = `n${this.#nodes.length + 1}`
    const passed = node.kind === 'filter' || node.kind === 'sink' ? this.#inexact : new Set(inexact)
    this.#nodes = [...this.#nodes, { ...node, id } as PlanNode]
    this.#last = this.#checked(id)
    this.#inexact = passed
    this.#inexactByNode.set(id, passed)
  }

  #checked(output: string): CheckedNode {
    return checkPlan(this.#plan(output)).output
  }

  #plan(output: string): Plan {
    return { millrace_plan: 1, sources: this.#sources, nodes: this.#nodes, output }
  }
}

function keyFieldsOf(node: CheckedNode): readonly Field[] {
  return node.fields.filter((field) => field.type !== 'double' && !field.name.startsWith('window_'))
}

function keyType({ type }: Field): string {
  return type === 'int32' ? 'int64' : type
}

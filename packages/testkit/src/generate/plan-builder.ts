import {
  type Aggregate,
  type CheckedNode,
  checkPlan,
  type Expr,
  isEquatable,
  type Plan,
  type PlanNode,
  type PlanSource,
  type ProjectedColumn,
  typeOf,
  type Window,
} from '@millrace/core'
import { isInexact, isReal } from '../expected-result.ts'
import type { Random } from './random.ts'
import { type ExprScope, randomCondition, randomExpr, randomReal } from './random-expr.ts'
import { COLUMN_TYPES, SHORT_NAMES } from './random-value.ts'
import { randomAggregate, randomFixedWindow, windowBeside } from './random-window.ts'

/** Deepest nesting of generated expressions. */
const DEPTH_MAX = 3

type Field = CheckedNode['fields'][number]

/** A place in the plan to go on from. */
interface Branch {
  readonly last: CheckedNode
  readonly inexact: ReadonlySet<string>
}

/** Columns that can be keys and are not a window's own. */
function keyFieldsOf(node: CheckedNode): readonly Field[] {
  return node.fields.filter((field) => field.type !== 'double' && isEquatable(field.type) && !field.name.startsWith('window_'))
}

function keyType({ type }: Field): string {
  return type === 'int32' ? 'int64' : type
}

/** Whether rows of both lie in the same partitions when the columns that choose them are equal. */
function liesWith(left: CheckedNode, right: CheckedNode): boolean {
  const typesOf = (node: CheckedNode) =>
    node.partitionedBy?.map((name) => keyType(node.fields.find((field) => field.name === name) as Field)).join()
  return typesOf(left) !== undefined && typesOf(left) === typesOf(right)
}

/** Adds nodes to a plan that stays well typed, and remembers which columns engines may round differently. */
export class PlanBuilder {
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
    this.#last = this.#checked('n1')
  }

  plan(): Plan {
    return this.#plan(this.#last.node.id)
  }

  filterOrProject(): void {
    if (this.#random.chance(0.5)) this.#add({ ...this.#next(), kind: 'filter', where: this.#condition() })
    else this.#project()
  }

  windowAggregate(window: Window): void {
    const random = this.#random
    const kept = this.#last.partitionedBy ?? []
    const extra = this.#keyFields().filter((field) => !kept.includes(field.name))
    const keys = [...new Set([...kept, ...(random.chance(0.3) ? random.some(extra, 1).map((field) => field.name) : [])])]
    const aggregates = random.list(random.chance(0.05) ? 0 : 1, 5, (i) =>
      randomAggregate(this.#scope(), `agg${this.#nodes.length}${i + 1}`),
    )
    const fields = this.#last.fields
    this.#add({ ...this.#next(), kind: 'window-aggregate', keys, window, aggregates })
    const isRounded = ({ fn, args }: Aggregate) => isInexact(fn, args?.[0] === undefined ? undefined : typeOf(args[0], fields).type)
    this.#inexact = new Set(aggregates.filter(isRounded).map((aggregate) => aggregate.name))
  }

  /** Rows of an aggregate without a window have no event time, so nothing is drawn over them. */
  windowOverWindow(): void {
    if (!this.#last.upsert) this.windowAggregate(randomFixedWindow(this.#random))
  }

  /** Moves the rows to other keys, none of them one of a window's own columns; now and then to one partition. */
  exchange(): void {
    const random = this.#random
    const keys = random.some(this.#keyFields(), random.pick([0, 1, 1, 1, 2])).map((field) => field.name)
    this.#exchange(keys, random.chance(0.6) ? random.int(1, 7) : undefined)
  }

  /** Two views of what is there, joined by their keys, mostly where their windows end together. */
  joinOfWindows(): void {
    const random = this.#random
    const from = this.#branch()
    const window = randomFixedWindow(random)
    this.windowAggregate(window)
    if (random.chance(0.3)) this.filterOrProject()
    const left = this.#branch()
    this.#resume(from)
    const beside = windowBeside(random, window)
    this.windowAggregate(beside)
    if (random.chance(0.2)) this.#add({ ...this.#next(), kind: 'filter', where: this.#condition() })
    this.#join(left, random.chance(0.8) ? [0, 0] : this.#bounds(beside.size_ms))
  }

  /** What is there, joined with another source's rows or with its own source's; nothing where they do not lie together and may not be moved. */
  joinOfStreams(withExchange: boolean): void {
    const random = this.#random
    const left = this.#branch()
    this.#scan(random.chance(0.6) ? this.#sources[this.#sources.length - 1] : this.#sources[0])
    if (random.chance(0.3)) this.filterOrProject()
    const right = this.#branch()
    const bounds = this.#bounds(random.pick([10, 1000, 60_000]))
    if (liesWith(left.last, right.last) && !(withExchange && random.chance(0.3))) this.#join(left, bounds)
    else if (withExchange) this.#moveAndJoin(left, right, bounds)
    else this.#resume(left)
  }

  #moveAndJoin(left: Branch, right: Branch, bounds: readonly [number, number]): void {
    const random = this.#random
    const fields = keyFieldsOf(right.last)
    const pairs = keyFieldsOf(left.last).flatMap((field) =>
      fields.filter((other) => keyType(other) === keyType(field)).map((other) => [field.name, other.name] as const),
    )
    const chosen = random.some(pairs, random.pick([1, 1, 2]))
    const partitions = random.int(1, 7)
    this.#resume(left)
    this.#exchange(
      chosen.map(([name]) => name),
      partitions,
    )
    const moved = this.#branch()
    this.#resume(right)
    this.#exchange(
      chosen.map(([, name]) => name),
      partitions,
    )
    this.#join(moved, bounds)
  }

  #exchange(keys: readonly string[], partitions: number | undefined): void {
    this.#add({ ...this.#next(), kind: 'exchange', keys, partitions })
  }

  /** Joins the branch, on the left, with what is there, whose columns get names of their own. Both lie in partitions by the same keys. */
  #join(left: Branch, [lower_ms, upper_ms]: readonly [number, number]): void {
    const random = this.#random
    const suffix = `_${this.#nodes.length}`
    const names = this.#last.fields.map((field) => field.name)
    const kept = names.filter((name) => this.#last.partitionedBy?.includes(name) === true || random.chance(0.8))
    const columns = (kept.length === 0 ? names : kept).map((name) => ({ name: `${name}${suffix}`, expr: { col: name } }))
    const inexact = columns.filter(({ expr }) => this.#inexact.has(expr.col)).map(({ name }) => name)
    this.#add({ ...this.#next(), kind: 'project', columns })
    const by = left.last.partitionedBy ?? []
    const needed = by.map((name, i) => [name, this.#last.partitionedBy?.[i] ?? ''] as const)
    const more = keyFieldsOf(left.last)
      .filter((field) => this.#last.fields.some((other) => other.name === `${field.name}${suffix}` && keyType(other) === keyType(field)))
      .map(({ name }) => [name, `${name}${suffix}`] as const)
      .filter(([name]) => !by.includes(name) && random.chance(0.2))
    const on = [...needed, ...more]
    const bounds = { lower_ms, upper_ms: on.length === 0 ? lower_ms : upper_ms }
    const how = random.pick(['left', 'left', 'inner', undefined] as const)
    const sides = { left: left.last.node.id, right: this.#last.node.id }
    this.#add({ id: this.#next().id, kind: 'join', ...sides, on, how, type: 'interval', ...bounds })
    this.#inexact = new Set([...left.inexact, ...inexact])
  }

  /** Before, around or after, wide or of one distance, rarely of years. */
  #bounds(size: number): readonly [number, number] {
    const random = this.#random
    const lower = size * random.pick([-3, -1, -1, 0, 0, 1]) + random.int(-1, 1)
    if (random.chance(0.05)) return [-400 * 86_400_000, lower]
    return [lower, lower + size * random.pick([0, 0, 1, 2, 5])]
  }

  #scan({ name }: PlanSource): void {
    this.#inexact = new Set()
    this.#add({ id: this.#next().id, kind: 'scan', source: name })
  }

  #branch(): Branch {
    return { last: this.#last, inexact: this.#inexact }
  }

  #resume({ last, inexact }: Branch): void {
    this.#last = last
    this.#inexact = inexact
  }

  #keyFields(): readonly Field[] {
    return keyFieldsOf(this.#last)
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
      const name = `${SHORT_NAMES[type]}_${this.#nodes.length}_${i}`
      return {
        name,
        expr: type === 'double' && random.chance(0.4) ? randomReal(this.#scope(), DEPTH_MAX) : randomExpr(this.#scope(), type, DEPTH_MAX),
      }
    })
    const real = computed.filter(({ expr }) => isReal(expr)).map(({ name }) => name)
    const inexact = columns.filter((column) => 'col' in column.expr && this.#inexact.has(column.expr.col)).map((column) => column.name)
    this.#add({ ...this.#next(), kind: 'project', columns: this.#withEventTime([...columns, ...computed]) })
    this.#inexact = new Set([...inexact, ...real])
  }

  /** Now and then makes another bare timestamp the event time, where rows still carry stamps that judge it. */
  #withEventTime(columns: readonly ProjectedColumn[]): readonly ProjectedColumn[] {
    const isTime = ({ expr }: ProjectedColumn) =>
      'col' in expr && this.#last.fields.some((field) => field.name === expr.col && field.type === 'timestamp' && !field.nullable)
    const marked = this.#last.stamped && this.#random.chance(0.2) ? columns.findLast(isTime) : undefined
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
    this.#last = this.#checked(node.id)
  }

  #checked(output: string): CheckedNode {
    return checkPlan(this.#plan(output)).output
  }

  #plan(output: string): Plan {
    return { millrace_plan: 1, sources: this.#sources, nodes: this.#nodes, output }
  }
}

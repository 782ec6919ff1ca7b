import {
  type Aggregate,
  type Expr,
  type JoinNode,
  nodeInputs,
  type OverAggregateNode,
  type Plan,
  type PlanNode,
  type PlanSource,
  type TopNNode,
  withInputs,
} from '@millrace/core'
import { type PlanCase, type PlanRunLine, prepareCase } from '../case/plan-case.ts'
import { isFixed } from './random-window.ts'

/** Smaller cases that are still valid, the much smaller ones first. Each time one of them fails too, it is shrunk in its turn. */
export function* shrunkCases(planCase: PlanCase): Generator<PlanCase> {
  for (const smaller of candidates(planCase)) if (isValid(smaller)) yield smaller
}

function* candidates({ plan, lines }: PlanCase): Generator<PlanCase> {
  for (const fewer of withoutChunks(lines)) yield { plan, lines: fewer }
  for (const nodes of smallerNodes(plan)) yield { plan: nodes, lines }
  for (const sources of smallerSources(plan.sources)) yield { plan: { ...plan, sources }, lines }
  for (const simpler of simplerLines(lines)) yield { plan, lines: simpler }
}

function isValid(planCase: PlanCase): boolean {
  try {
    prepareCase(planCase)
    return true
  } catch {
    return false
  }
}

/** The list without its first half, its second half, then without each quarter, and so on down to single items. */
function* withoutChunks<T>(items: readonly T[]): Generator<T[]> {
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < items.length; from += size) yield items.toSpliced(from, size)
  }
}

function* smallerNodes(plan: Plan): Generator<Plan> {
  for (const [i, node] of plan.nodes.entries()) {
    if (node.kind === 'scan') continue
    for (const input of nodeInputs(node)) yield bypassed(plan, node, input)
    for (const smaller of smallerNode(node)) yield withoutUnread({ ...plan, nodes: plan.nodes.with(i, smaller) })
  }
}

/** The plan in which all that read a node read one of its inputs instead, without the nodes that nothing reads any more. */
function bypassed(plan: Plan, gone: PlanNode, input: string): Plan {
  const instead = (id: string): string => (id === gone.id ? input : id)
  const nodes = plan.nodes.map((node) => withInputs(node, instead))
  return withoutUnread({ ...plan, nodes, output: instead(plan.output) })
}

function withoutUnread(plan: Plan): Plan {
  const read = new Set<string>()
  const open = [plan.output]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (read.has(id)) continue
    read.add(id)
    const node = plan.nodes.find((one) => one.id === id)
    if (node !== undefined) open.push(...nodeInputs(node))
  }
  return { ...plan, nodes: plan.nodes.filter((node) => read.has(node.id)) }
}

function* smallerNode(node: PlanNode): Generator<PlanNode> {
  if (node.kind === 'filter') for (const where of smallerExprs(node.where)) yield { ...node, where }
  if (node.kind === 'project') {
    for (const columns of withoutChunks(node.columns)) yield { ...node, columns }
    for (const [i, column] of node.columns.entries()) {
      if (column.event_time === true) yield { ...node, columns: node.columns.with(i, { ...column, event_time: undefined }) }
      for (const expr of smallerExprs(column.expr)) yield { ...node, columns: node.columns.with(i, { ...column, expr }) }
    }
  }
  if (node.kind === 'exchange') {
    for (const keys of withoutChunks(node.keys)) yield { ...node, keys }
    if (node.partitions !== undefined) yield { ...node, partitions: undefined }
  }
  if (node.kind === 'join') yield* smallerJoin(node)
  if (node.kind === 'map') for (const reads of withoutChunks(node.reads)) yield { ...node, reads }
  if (node.kind === 'union') {
    for (const inputs of withoutChunks(node.inputs)) yield { ...node, inputs }
    if (new Set(node.inputs).size > 1) for (const only of node.inputs) yield { ...node, inputs: node.inputs.map(() => only) }
  }
  if (node.kind === 'over-aggregate') yield* smallerOver(node)
  if (node.kind === 'dedupe' || node.kind === 'latest') for (const keys of withoutChunks(node.keys)) yield { ...node, keys }
  if (node.kind === 'dedupe' && node.horizon_ms > 0) yield { ...node, horizon_ms: Math.trunc(node.horizon_ms / 2) }
  if (node.kind === 'latest' && node.deleted !== undefined) yield { ...node, deleted: undefined }
  if (node.kind === 'top-n') yield* smallerTopN(node)
  if (node.kind === 'window-aggregate') {
    if ('early_ms' in node.window && node.window.early_ms !== undefined) yield { ...node, window: { ...node.window, early_ms: undefined } }
    for (const aggregates of withoutChunks(node.aggregates)) yield { ...node, aggregates }
    for (const keys of withoutChunks(node.keys)) yield { ...node, keys }
    if (node.window.kind === 'hopping')
      yield { ...node, window: { kind: 'tumbling', size_ms: node.window.every_ms, offset_ms: node.window.offset_ms } }
    if (isFixed(node.window) && node.window.offset_ms !== undefined) yield { ...node, window: { ...node.window, offset_ms: undefined } }
    for (const [i, aggregate] of node.aggregates.entries()) {
      for (const smaller of smallerAggregates(aggregate)) yield { ...node, aggregates: node.aggregates.with(i, smaller) }
    }
  }
}

function* smallerJoin(node: JoinNode): Generator<JoinNode> {
  if (node.how !== undefined) yield { ...node, how: undefined }
  for (const on of withoutChunks(node.on)) yield { ...node, on }
  if (node.type === 'as-of') {
    if (node.strict !== undefined) yield { ...node, strict: undefined }
    if (node.max_age_ms !== undefined) yield { ...node, max_age_ms: undefined }
  }
  if (node.type !== 'interval') return
  const half = (bound: number): number => Math.trunc(bound / 2)
  if (node.lower_ms !== 0 || node.upper_ms !== 0) {
    yield { ...node, lower_ms: 0, upper_ms: 0 }
    yield { ...node, lower_ms: half(node.lower_ms), upper_ms: half(node.upper_ms) }
  }
}

function* smallerOver(node: OverAggregateNode): Generator<PlanNode> {
  for (const aggregates of withoutChunks(node.aggregates)) yield { ...node, aggregates }
  for (const keys of withoutChunks(node.keys)) yield { ...node, keys }
  if (node.range_ms > 0) yield { ...node, range_ms: Math.trunc(node.range_ms / 2) }
  for (const [i, aggregate] of node.aggregates.entries()) {
    for (const smaller of smallerAggregates(aggregate)) yield { ...node, aggregates: node.aggregates.with(i, smaller) }
  }
}

function* smallerTopN(node: TopNNode): Generator<PlanNode> {
  for (const order_by of withoutChunks(node.order_by)) yield { ...node, order_by }
  for (const per of withoutChunks(node.per)) yield { ...node, per }
  if (node.rank !== undefined) yield { ...node, rank: undefined }
  if (node.n > 1) yield { ...node, n: node.n - 1 }
}

function* smallerAggregates(aggregate: Aggregate): Generator<Aggregate> {
  if (aggregate.where !== undefined) {
    yield { ...aggregate, where: undefined }
    for (const where of smallerExprs(aggregate.where)) yield { ...aggregate, where }
  }
  if (aggregate.max !== undefined) yield { ...aggregate, max: undefined }
  const [argument] = aggregate.args ?? []
  if (argument !== undefined)
    for (const smaller of smallerExprs(argument)) yield { ...aggregate, args: [smaller, ...(aggregate.args ?? []).slice(1)] }
  if (aggregate.order_by !== undefined) for (const order_by of withoutChunks(aggregate.order_by)) yield { ...aggregate, order_by }
}

/** Each part of the expression in its place, then the expression with one part made smaller; the checker sorts out what does not fit. */
function* smallerExprs(expr: Expr): Generator<Expr> {
  const parts = partsOf(expr)
  yield* parts
  if ('fn' in expr && expr.args.length > 1) for (const [i] of expr.args.entries()) yield { ...expr, args: expr.args.toSpliced(i, 1) }
  if ('case' in expr && expr.else !== undefined) yield { ...expr, else: undefined }
  for (const [i, part] of parts.entries()) for (const smaller of smallerExprs(part)) yield withPart(expr, i, smaller)
}

function partsOf(expr: Expr): readonly Expr[] {
  if ('fn' in expr) return expr.args
  if ('cast' in expr) return [expr.cast]
  if ('case' in expr) return [...expr.case.flat(), ...(expr.else === undefined ? [] : [expr.else])]
  if ('field' in expr) return [expr.of]
  return []
}

function withPart(expr: Expr, place: number, part: Expr): Expr {
  if ('fn' in expr) return { ...expr, args: expr.args.with(place, part) }
  if ('cast' in expr) return { ...expr, cast: part }
  if ('field' in expr) return { ...expr, of: part }
  if (!('case' in expr)) return expr
  const parts = partsOf(expr).with(place, part)
  const pairs = expr.case.map((_, i) => [parts[2 * i], parts[2 * i + 1]] as const)
  return { case: pairs, else: expr.else === undefined ? undefined : parts[parts.length - 1] }
}

function* smallerSources(sources: readonly PlanSource[]): Generator<readonly PlanSource[]> {
  if (sources.length > 1) for (const [i] of sources.entries()) yield sources.toSpliced(i, 1)
  for (const [i, source] of sources.entries()) {
    for (const fields of withoutChunks(source.fields)) yield sources.with(i, { ...source, fields })
    if ((source.key ?? []).length > 0) for (const key of withoutChunks(source.key ?? [])) yield sources.with(i, { ...source, key })
    if ((source.splits ?? 1) > 1) yield sources.with(i, { ...source, splits: undefined })
    if (typeof source.late === 'object') yield sources.with(i, { ...source, late: 'keep' })
    if (source.watermark_delay_ms !== 0) yield sources.with(i, { ...source, watermark_delay_ms: 0 })
  }
}

/** Lines whose values are plainer: null, without the source's name, of split 0. */
function* simplerLines(lines: readonly PlanRunLine[]): Generator<PlanRunLine[]> {
  if (lines.some((line) => line.source !== undefined)) yield lines.map((line) => ({ ...line, source: undefined }))
  if (lines.some((line) => line.split !== undefined)) yield lines.map((line) => ({ ...line, split: undefined }))
  const names = new Set(lines.flatMap((line) => Object.keys(line.row ?? {})))
  for (const name of names) if (lines.some((line) => isPresent(line, name))) yield lines.map((line) => without(line, name))
  for (const [i, line] of lines.entries()) {
    for (const name of Object.keys(line.row ?? {})) if (isPresent(line, name)) yield lines.with(i, without(line, name))
  }
}

function isPresent(line: PlanRunLine, name: string): boolean {
  return line.row?.[name] !== undefined && line.row[name] !== null
}

function without(line: PlanRunLine, name: string): PlanRunLine {
  return line.row === undefined ? line : { ...line, row: Object.fromEntries(Object.entries(line.row).filter(([key]) => key !== name)) }
}

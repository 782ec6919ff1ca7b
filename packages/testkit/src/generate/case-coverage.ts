import {
  type CheckedNode,
  type CheckedPlan,
  checkPlan,
  type Expr,
  type LateEntry,
  type PlanNode,
  type StampedRow,
  type Value,
} from '@millrace/core'
import { runReference } from '@millrace/reference'
import { TEST_FUNCTIONS } from '../case/map-functions.ts'
import { type PlanCase, prepareCase } from '../case/plan-case.ts'

const AS_SERVED = { mode: 'as_served', functions: TEST_FUNCTIONS } as const

/** What a case exercises, by name. */
export function traitsOf(planCase: PlanCase): Set<string> {
  const { plan, rows, deadLetters } = prepareCase(planCase)
  const traits = new Set<string>()
  const times = rows.map((row) => timeOf(plan, row.source, row.values))
  for (const value of rows.flatMap((row) => row.values)) for (const trait of traitsOfValue(value)) traits.add(trait)
  if (times.some((time) => time < 0)) traits.add('time before 1970')
  if (new Set(times).size < times.length) traits.add('tie')
  if (new Set(rows.map((row) => valuesText(row.values))).size < rows.length) traits.add('duplicate')
  if (times.some((time, i) => i > 0 && time < times[i - 1])) traits.add('disorder')
  if (times.some((time, i) => i > 0 && Math.abs(time - times[i - 1]) > 300 * 86_400_000)) traits.add('jump of a year')
  if (new Set(rows.map((row) => row.split)).size > 1) traits.add('several splits')
  if (planCase.lines.some((line) => line.watermark !== undefined)) traits.add('given stamp')
  if (deadLetters.length > 0) traits.add('dead letter')
  if (planCase.lines.some((line) => line.end === true)) traits.add('end')
  if (rows.length > 512) traits.add('several batches of 512')
  if (plan.nodes.filter(({ node }) => node.kind === 'scan').length > 2) traits.add('three sources')
  if (plan.nodes.length > 8) traits.add('more than eight nodes')
  if (plan.plan.sources.some((source) => typeof source.late === 'object')) traits.add('late revise')
  if (orderTraps(rows.flatMap((row) => row.values))) traits.add('text whose UTF-16 order is not its UTF-8 order')
  for (const name of functionsOf(plan)) traits.add(name)
  for (const node of plan.nodes) for (const trait of shapeTraits(plan, node)) traits.add(trait)
  const { late, dead = [], rows: found } = runReference(plan, rows, AS_SERVED)
  for (const { reason } of dead) traits.add(reason)
  for (const entry of late) for (const trait of lateTraits(plan, entry)) traits.add(trait)
  for (const trait of joinTraits(plan, rows)) traits.add(trait)
  if (found.length > 0) for (const { node } of plan.nodes) traits.add(`rows of ${node.kind}`)
  if (found.length > 0 && traits.has('window over a join')) traits.add('window over a join with rows')
  return traits
}

function timeOf(plan: CheckedPlan, source: string, values: readonly Value[]): number {
  const { fields, event_time } = plan.plan.sources.find((one) => one.name === source) as CheckedPlan['plan']['sources'][number]
  return values[fields.findIndex((field) => field.name === event_time)] as number
}

function valuesText(values: readonly Value[]): string {
  return values.map((value) => (value instanceof Uint8Array ? value.join(',') : `${typeof value} ${value}`)).join('|')
}

function* traitsOfValue(value: Value): Generator<string> {
  if (value === null) yield 'null'
  if (value === '') yield 'empty text'
  if (typeof value === 'string' && /[\u{10000}-\u{10ffff}]/u.test(value)) yield 'astral character'
  if ((typeof value === 'number' || typeof value === 'bigint') && value < 0) yield 'negative'
  if (value === 2n ** 53n + 1n) yield '2^53 + 1'
  if (value === 2n ** 63n - 1n || value === -(2n ** 63n)) yield 'limit of int64'
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-200) yield 'tiny double'
  if (typeof value === 'number' && Math.abs(value) > 1e200) yield 'huge double'
}

function orderTraps(values: readonly Value[]): boolean {
  const texts = values.filter((value) => typeof value === 'string')
  return texts.some((text) => /[\u{e000}-\u{ffff}]/u.test(text)) && texts.some((text) => /[\u{10000}-\u{10ffff}]/u.test(text))
}

function* lateTraits(plan: CheckedPlan, entry: LateEntry): Generator<string> {
  yield 'late'
  yield `late for ${entry.late}`
  const at = plan.byId.get(entry.node) as CheckedNode
  yield `late at ${at.node.kind}`
  if (above(plan, at).some(({ node }) => node.kind === 'exchange')) yield 'late behind an exchange'
}

/** All nodes that a node reads, near or far. */
function above(plan: CheckedPlan, { inputs }: CheckedNode): readonly CheckedNode[] {
  return inputs.flatMap((id) => {
    const input = plan.byId.get(id) as CheckedNode
    return [input, ...above(plan, input)]
  })
}

const TIMED: readonly PlanNode['kind'][] = ['window-aggregate', 'over-aggregate', 'join', 'dedupe']

/** How a node stands to those that it reads. */
function* shapeTraits(plan: CheckedPlan, checked: CheckedNode): Generator<string> {
  const { node } = checked
  const before = new Set(above(plan, checked).map((one) => one.node.kind))
  if (TIMED.includes(node.kind) && TIMED.some((kind) => before.has(kind))) yield 'time operator over another'
  if (checked.inputs.some((id) => plan.nodes.filter((one) => one.inputs.includes(id)).length > 1)) yield 'node that two others read'
  if (node.kind === 'window-aggregate' && before.has('window-aggregate')) yield 'window over a window'
  if (node.kind === 'window-aggregate' && before.has('join')) yield 'window over a join'
  if (node.kind === 'window-aggregate' && before.has('exchange')) yield 'window behind an exchange'
  if (node.kind === 'exchange' && before.has('window-aggregate')) yield 'exchange behind a window'
  if (node.kind === 'exchange' && before.has('join')) yield 'exchange behind a join'
  if (node.kind === 'latest' && node.deleted !== undefined) yield 'deletions'
  if (node.kind === 'union' && checked.source === undefined && checked.stamped) yield 'union of stamps'
  if (node.kind !== 'join') return
  const sides = checked.inputs.map((id) => plan.byId.get(id) as CheckedNode)
  const sources = new Set(sides.map((side) => side.source?.name))
  yield sides.some((side) => side.stamped) ? (sources.size > 1 ? 'join of two sources' : 'join of a source with itself') : 'join of windows'
  if (node.type === 'interval' && node.lower_ms === 0 && node.upper_ms === 0) yield 'join of equal times'
  if (before.has('exchange')) yield 'join behind an exchange'
  if (node.on.length === 0) yield 'join by time alone'
  yield node.how === 'left' ? 'left join' : 'inner join'
}

/** What comes out of the plan's joins: pairs, and rows of a left join without a partner beside pairs. */
function* joinTraits({ plan, nodes }: CheckedPlan, rows: readonly StampedRow[]): Generator<string> {
  for (const { node } of nodes) {
    if (node.kind !== 'join') continue
    const size = (change: object): number => {
      const changed = plan.nodes.map((one) => (one.id === node.id ? { ...one, ...change } : one))
      return runReference(checkPlan({ ...plan, hash: undefined, nodes: changed, output: node.id }), rows, AS_SERVED).rows.length
    }
    const pairs = size({ how: 'inner' })
    if (pairs > 0) yield 'pairs'
    if (pairs > 0 && node.how === 'left' && size({}) > pairs) yield 'rows with and without a partner'
  }
}

/** Names of the functions, aggregates, nodes and windows of the plan. */
function functionsOf(plan: CheckedPlan): Set<string> {
  const names = new Set<string>()
  const visit = (expr: Expr | undefined): void => {
    if (expr === undefined) return
    if ('fn' in expr) {
      names.add(`function ${expr.fn}`)
      expr.args.forEach(visit)
    } else if ('cast' in expr) {
      names.add('cast')
      visit(expr.cast)
    } else if ('field' in expr) {
      names.add('field')
      visit(expr.of)
    } else if ('case' in expr) {
      names.add('case')
      expr.case.flat().forEach(visit)
      visit(expr.else)
    }
  }
  for (const { node } of plan.nodes) {
    names.add(`node ${node.kind}`)
    if (node.kind === 'join') names.add(`join ${node.type}`)
    if (node.kind === 'filter') visit(node.where)
    if (node.kind === 'project') for (const column of node.columns) visit(column.expr)
    if (node.kind === 'window-aggregate') names.add(`window ${node.window.kind}`)
    if (node.kind === 'window-aggregate' && 'early_ms' in node.window) names.add('early results')
    if (node.kind !== 'window-aggregate' && node.kind !== 'over-aggregate') continue
    for (const aggregate of node.aggregates) {
      names.add(`aggregate ${aggregate.fn}`)
      visit(aggregate.where)
      aggregate.args?.forEach(visit)
    }
  }
  return names
}

import type { Field } from '@millrace/columnar'
import {
  bugError,
  type CheckedNode,
  type CheckedPlan,
  durationMs,
  type Expr,
  type PlanSource,
  type ProjectedColumn,
  type ProjectNode,
  STAMP_FIELDS,
} from '@millrace/core'
import type { ExchangePlan, InputPlan, JudgePlan, LatePlan } from '../operator/physical-plan.ts'
import type { RegisterRef } from './expr/typed-expr.ts'
import { columnOf, PipelineBuilder, type Scope } from './pipeline-builder.ts'
import {
  ARRIVAL_FIELD,
  AVAILABLE_AT_FIELD,
  CHANGE_FIELD,
  EVENT_TIME_FIELD,
  JUDGED_BY_FIELD,
  POSITION_FIELD,
  SOURCE_FIELD,
} from './system-field.ts'
import { windowLengthMs } from './window-slack.ts'

/** Where the rows of an operator's input come from. */
export interface Origin {
  readonly from: InputPlan['from']
  readonly depth: number
}

/** An operator's input on its way: the filters, projects and exchanges between it and where its rows come from. */
export interface OpenInput {
  readonly origin: Origin
  /** The node that the operator reads. */
  readonly checked: CheckedNode
  readonly builder: PipelineBuilder
  readonly scope: Scope
  readonly eventTime: RegisterRef
  readonly availableAt: RegisterRef
  readonly exchange: { readonly keys: readonly RegisterRef[]; readonly partitions: number | null } | null
  /** How far the event time of rows to come may lie before the progress of the origin; null: not known, since a project names another one. */
  readonly lagMs: number | null
  /** Whether late rows are handed out even where the policy only counts them. */
  readonly reportLate: boolean
}

/** Opens the input that begins behind the nearest scan or operator. */
export function openInput(
  plan: CheckedPlan,
  id: string,
  options: { readonly originOf: (node: CheckedNode) => Origin; readonly reportLate: boolean },
): OpenInput {
  const chain: CheckedNode[] = []
  let base = plan.byId.get(id) as CheckedNode
  for (; isRowLocal(base); base = plan.byId.get(base.inputs[0]) as CheckedNode) chain.unshift(base)
  const builder = new PipelineBuilder()
  const system = base.node.kind === 'scan' ? STAMP_FIELDS : systemFields(base)
  const scope = new Map([...system, ...base.fields].map((field) => [field.name, builder.column(field.name, field.type)]))
  const stamped = base.node.kind === 'scan'
  const horizon = stamped ? horizonMs(base.source as PlanSource) : 0
  if (horizon > 0) scope.set(JUDGED_BY_FIELD.name, builder.define(lessHorizon(horizon), scope))
  const opened: OpenInput = {
    origin: options.originOf(base),
    checked: base,
    builder,
    scope,
    eventTime: columnOf(scope, stamped ? (base.source as PlanSource).event_time : EVENT_TIME_FIELD.name),
    availableAt: columnOf(scope, stamped ? '_ingested_at' : AVAILABLE_AT_FIELD.name),
    exchange: null,
    lagMs: 0,
    reportLate: options.reportLate,
  }
  return chain.reduce((input, checked) => afterNode(input, checked, plan), opened)
}

/** System columns of the rows of an operator. */
export function systemFields({ stamped, origins, tie, upsert }: CheckedNode): readonly Field[] {
  return [
    EVENT_TIME_FIELD,
    AVAILABLE_AT_FIELD,
    ...(stamped ? STAMP_FIELDS : tie.arrival === 'never' ? [] : [ARRIVAL_FIELD]),
    ...(tie.positions > 1 ? [POSITION_FIELD] : []),
    ...(stamped && origins.length > 1 ? [SOURCE_FIELD] : []),
    ...(upsert ? [CHANGE_FIELD] : []),
    ...(stamped && origins.some((source) => horizonMs(source) > 0) ? [JUDGED_BY_FIELD] : []),
  ]
}

/** How long a source's late rows correct results. */
function horizonMs({ name, late }: PlanSource): number {
  return typeof late === 'object' ? durationMs(late.revise, `late policy of \`${name}\``) : 0
}

/** The longest that late rows of a node correct results. */
export function greatestHorizonMs({ origins }: CheckedNode): number {
  return Math.max(0, ...origins.map(horizonMs))
}

/** An operator that makes no corrections waits until all rows that could are there. */
export function afterHorizon(input: OpenInput): OpenInput {
  return { ...input, lagMs: input.lagMs === null ? null : input.lagMs + greatestHorizonMs(input.checked) }
}

/** What rows with stamps are judged by. */
export function judgedBy(scope: Scope): RegisterRef {
  return scope.get(JUDGED_BY_FIELD.name) ?? columnOf(scope, '_watermark')
}

/** A stamp less the horizon of its source; the floor, before which no time is, stays. */
function lessHorizon(ms: number): Expr {
  const epoch: Expr = { cast: { col: '_watermark' }, to: 'int64' }
  const less: Expr = { cast: { fn: 'sub', args: [epoch, { lit: String(ms), type: 'int64' }] }, to: 'timestamp' }
  return { fn: 'coalesce', args: [less, { col: '_watermark' }] }
}

function isRowLocal({ node }: CheckedNode): boolean {
  return node.kind === 'filter' || node.kind === 'project' || node.kind === 'exchange' || node.kind === 'sink'
}

function afterNode(input: OpenInput, checked: CheckedNode, plan: CheckedPlan): OpenInput {
  const { node } = checked
  const { builder, scope } = input
  switch (node.kind) {
    case 'filter':
      builder.filter(node.id, builder.define(node.where, scope))
      return { ...input, checked }
    case 'project':
      return { ...input, checked, ...projected(node, input, plan) }
    case 'sink':
      return { ...input, checked }
    case 'exchange':
      return {
        ...input,
        checked,
        exchange: { keys: node.keys.map((key) => columnOf(scope, key)), partitions: node.partitions ?? null },
      }
    default:
      throw bugError('stream/unexpected-node', `Node \`${node.id}\` of kind ${node.kind} came through the engine's capabilities.`, {
        asked: node.kind,
      })
  }
}

/** System columns stay in scope beside exactly the projected ones. */
function projected(node: ProjectNode, input: OpenInput, plan: CheckedPlan): Pick<OpenInput, 'scope' | 'eventTime' | 'lagMs'> {
  const scope = new Map([...input.scope].filter(([name]) => name.startsWith('_')))
  for (const column of node.columns) scope.set(column.name, input.builder.define(column.expr, input.scope))
  const marked = node.columns.find((column) => column.event_time === true)
  const eventTime = marked === undefined ? input.eventTime : columnOf(scope, marked.name)
  const moved = eventTime.register !== input.eventTime.register && !input.checked.stamped
  const lagMs = moved && marked !== undefined ? lagOf(marked, input, plan) : input.lagMs
  return { scope, eventTime, lagMs }
}

/** How far a column that becomes the event time may lie before what it was: known of the bounds of the window that a row is of. */
function lagOf({ expr }: ProjectedColumn, { checked, lagMs }: OpenInput, plan: CheckedPlan): number | null {
  const { window } = checked
  if (lagMs === null || window === undefined || !('col' in expr)) return null
  if (expr.col === window.end) return lagMs
  const lengthMs = expr.col === window.start ? windowLengthMs(plan, checked) : null
  return lengthMs === null ? null : lagMs + lengthMs
}

/** How deep an operator over these inputs stands. */
export function depthOver(inputs: readonly OpenInput[]): number {
  return Math.max(...inputs.map(({ origin, exchange }) => origin.depth + (exchange === null ? 0 : 1)))
}

/** Rows that come from a lesser depth without an exchange are sent through one on the key they are partitioned by, so that stages never read each other in a circle. */
export function atDepth(input: OpenInput, depth: number): OpenInput {
  if (input.exchange !== null || input.origin.depth === depth) return input
  const keys = (input.checked.partitionedBy ?? []).map((key) => columnOf(input.scope, key))
  return { ...input, exchange: { keys, partitions: null } }
}

/** All rows go through an exchange to one partition. */
export function inOnePartition(input: OpenInput): OpenInput {
  return { ...input, exchange: { keys: [], partitions: null } }
}

/** Closes the input once everything that the operator reads is demanded from it. */
export function closeInput(input: OpenInput, options: { registers: readonly number[]; judge: JudgePlan | null; late: boolean }): InputPlan {
  const { builder } = input
  const registers = [...new Set([...options.registers, ...(input.exchange?.keys ?? []).map((key) => key.register)])]
  for (const register of registers) builder.demand(register)
  if (options.judge !== null) for (const register of [options.judge.time, options.judge.watermark]) builder.demand(register)
  const main = builder.take()
  const late = options.late ? lowerLate(input) : null
  const exchange: ExchangePlan | null =
    input.exchange === null ? null : { keys: input.exchange.keys.map((key) => key.register), partitions: input.exchange.partitions }
  return {
    from: input.origin.from,
    pipeline: { ...main, registers: builder.registers },
    columns: registers.map((register) => ({ register, type: builder.typeOf(register) })),
    exchange,
    judge: options.judge,
    late,
    lagMs: input.lagMs,
  }
}

function lowerLate({ builder, scope, checked, reportLate }: OpenInput): LatePlan {
  const { origins } = checked
  const mixed = origins.length > 1
  const fields: readonly Field[] = [...STAMP_FIELDS, ...(mixed ? [SOURCE_FIELD] : []), ...checked.fields]
  const keep = reportLate || origins.some(({ late }) => late !== 'drop')
  const outputs = keep ? fields.map((field) => builder.demand(columnOf(scope, field.name).register)) : []
  return { keep, source: mixed ? null : origins[0].name, fields, ...builder.take(), outputs }
}

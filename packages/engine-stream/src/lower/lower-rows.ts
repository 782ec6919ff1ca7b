import type { Field } from '@millrace/columnar'
import type {
  AsOfJoinNode,
  CheckedNode,
  CheckedPlan,
  DedupeNode,
  LatestNode,
  LookupJoinNode,
  OverAggregateNode,
  SessionWindow,
  TopNNode,
  UnionNode,
  WindowAggregateNode,
} from '@millrace/core'
import { aggregateRegisters } from '../operator/aggregate/aggregate-registers.ts'
import { CHANGE } from '../operator/ordered/change.ts'
import type {
  InputPlan,
  NamedRegister,
  RegisterColumn,
  RowsPlan,
  RowWork,
  TopNPlan,
  UnionColumn,
  UnionInputPlan,
} from '../operator/physical-plan.ts'
import type { RegisterRef } from './expr/typed-expr.ts'
import { lowerAggregate } from './lower-aggregate.ts'
import { closeInput, judgedBy, type OpenInput, systemFields } from './lower-input.ts'
import { keyField } from './lower-join.ts'
import { columnOf } from './pipeline-builder.ts'
import { AVAILABLE_AT_FIELD, CHANGE_FIELD, EVENT_TIME_FIELD, JUDGED_BY_FIELD, SOURCE_FIELD } from './system-field.ts'
import { windowSlackMs } from './window-slack.ts'

export interface LoweredRows {
  readonly inputs: readonly InputPlan[]
  readonly work: RowWork
}

export function lowerDedupe(checked: CheckedNode, input: OpenInput, wanted: ReadonlySet<string>): LoweredRows {
  const node = checked.node as DedupeNode
  const rows = rowsPlan(input, { keys: node.keys, wanted })
  return { inputs: [closeRows(input, rows)], work: { kind: 'dedupe', rows, horizonMs: node.horizon_ms } }
}

export function lowerOver(checked: CheckedNode, input: OpenInput, wanted: ReadonlySet<string>): LoweredRows {
  const node = checked.node as OverAggregateNode
  const rows = rowsPlan(input, { keys: node.keys, wanted })
  const at = { input, node: node.id, fields: checked.fields }
  const aggregates = node.aggregates.map((aggregate) => lowerAggregate(aggregate, at))
  const inputs = [closeRows(input, rows, aggregates.flatMap(aggregateRegisters))]
  return { inputs, work: { kind: 'over', rows, rangeMs: node.range_ms, aggregates } }
}

/** Sessions hand on keys and aggregates, so nothing else of a row is kept, nor does its tie matter. */
export function lowerSession(checked: CheckedNode, input: OpenInput): LoweredRows {
  const node = checked.node as WindowAggregateNode
  const rows = { ...rowsPlan(input, { keys: node.keys, wanted: new Set() }), arrival: null, position: null, ties: [] }
  const at = { input, node: node.id, fields: checked.fields }
  const aggregates = node.aggregates.map((aggregate) => lowerAggregate(aggregate, at))
  const inputs = [closeRows(input, rows, aggregates.flatMap(aggregateRegisters))]
  return { inputs, work: { kind: 'session', rows, gapMs: (node.window as SessionWindow).gap_ms, aggregates } }
}

export function lowerAsOf(
  checked: CheckedNode,
  sides: { readonly left: OpenInput; readonly right: OpenInput; readonly wanted: ReadonlySet<string> },
): LoweredRows {
  const node = checked.node as AsOfJoinNode
  const keyFields = node.on.map((pair) => keyField(pair, sides))
  const left = { ...rowsPlan(sides.left, { keys: node.on.map(([name]) => name), wanted: sides.wanted }), keyFields }
  const right = { ...rowsPlan(sides.right, { keys: node.on.map(([, name]) => name), wanted: sides.wanted }), keyFields }
  const { how = 'inner', strict = false, max_age_ms: maxAgeMs = null } = node
  return {
    inputs: [closeRows(sides.left, left), closeRows(sides.right, right)],
    work: { kind: 'as-of', how, strict, maxAgeMs, left, right },
  }
}

/** Left rows keep all that they have. */
export function lowerLookup(
  checked: CheckedNode,
  sides: { readonly left: OpenInput; readonly right: OpenInput; readonly wanted: ReadonlySet<string> },
): LoweredRows {
  const node = checked.node as LookupJoinNode
  const { left, right, wanted } = sides
  const keyFields = node.on.map((pair) => keyField(pair, sides))
  const handedOn = checked.stamped ? new Set(checked.fields.map(({ name }) => name)) : wanted
  const fields = [...systemFields(checked), ...left.checked.fields.filter(({ name }) => handedOn.has(name))]
  const named = fields.map((field): NamedRegister => ({ name: field.name, ...systemOr(left, field) }))
  const leftKeys = node.on.map(([name]) => columnOf(left.scope, name).register)
  const rightRows = { ...rowsPlan(right, { keys: node.on.map(([, name]) => name), wanted: handedOn }), keyFields }
  const change = right.checked.upsert ? columnOf(right.scope, CHANGE_FIELD.name).register : null
  const registers = [...named.map((one) => one.register), ...leftKeys]
  return {
    inputs: [closeInput(left, { registers, judge: null, late: false }), closeKept(right, rightRows, change === null ? [] : [change])],
    work: { kind: 'lookup', how: node.how ?? 'inner', left: named, leftKeys, right: rightRows, change },
  }
}

/** Rows are told apart by all their columns, and held by the end of their window. */
export function lowerTopN(checked: CheckedNode, input: OpenInput, plan: CheckedPlan): LoweredRows {
  const node = checked.node as TopNNode
  const { fields, window, upsert } = input.checked
  if (upsert) return lowerTopCurrent(node, input)
  const all = fields.map((field) => register(input, field))
  const rows = {
    ...rowsPlan(input, { keys: node.per, wanted: new Set(fields.map((field) => field.name)) }),
    heldBy: columnOf(input.scope, window?.end as string).register,
    ties: all,
  }
  const order = orderOf(node, input)
  const work = { kind: 'top-n', rows, order, n: node.n, rank: node.rank ?? null, slackMs: windowSlackMs(plan, input.checked) } as const
  const others = [rows.heldBy, ...order.map((one) => one.register), ...all.map((one) => one.register)]
  return { inputs: [closeRows(input, rows, others)], work }
}

export function lowerLatest(checked: CheckedNode, input: OpenInput, wanted: ReadonlySet<string>): LoweredRows {
  const node = checked.node as LatestNode
  const rows = rowsPlan(input, { keys: node.keys, wanted })
  const deleted = node.deleted === undefined ? null : columnOf(input.scope, node.deleted).register
  const inputs = [closeKept(input, rows, deleted === null ? [] : [deleted])]
  return { inputs, work: { kind: 'latest', rows, deleted } }
}

/** Aggregates without a window. */
export function lowerTotal(checked: CheckedNode, input: OpenInput): LoweredRows {
  const node = checked.node as WindowAggregateNode
  const { keys, keyFields } = rowsPlan(input, { keys: node.keys, wanted: new Set() })
  const at = { input, node: node.id, fields: checked.fields }
  const aggregates = node.aggregates.map((aggregate) => lowerAggregate(aggregate, at))
  const change = input.checked.upsert ? columnOf(input.scope, CHANGE_FIELD.name).register : null
  const registers = [...keys, ...aggregates.flatMap(aggregateRegisters), ...(change === null ? [] : [change])]
  return {
    inputs: [closeInput(input, { registers, judge: null, late: false })],
    work: { kind: 'total', keys, keyFields, aggregates, change },
  }
}

function lowerTopCurrent(node: TopNNode, input: OpenInput): LoweredRows {
  const { fields, upsertKeys } = input.checked
  const all = fields.map((field) => register(input, field))
  const identity = upsertKeys?.map((name) => columnOf(input.scope, name).register) ?? null
  const rows = { ...rowsPlan(input, { keys: node.per, wanted: new Set(fields.map((field) => field.name)) }), ties: all }
  const change = columnOf(input.scope, CHANGE_FIELD.name).register
  const work = { kind: 'top-current', rows, identity, order: orderOf(node, input), n: node.n, rank: node.rank ?? null, change } as const
  return { inputs: [closeKept(input, rows, [change, ...work.order.map((one) => one.register)])], work }
}

function orderOf(node: TopNNode, { scope }: OpenInput): TopNPlan['order'] {
  return node.order_by.map(([name, direction]) => ({ ...columnOf(scope, name), descending: direction === 'desc' }))
}

/** Each input gives the columns of the union, and system columns where any input has them; of rows that may be late all columns. */
export function lowerUnion(checked: CheckedNode, inputs: readonly OpenInput[], wanted: ReadonlySet<string>): LoweredRows {
  const node = checked.node as UnionNode
  const system = systemFields(checked).filter((field) => field.name !== '_position')
  const lowered = inputs.map((input, place): { input: InputPlan; plan: UnionInputPlan } => {
    const columns = [...system, ...checked.fields.filter(({ name }) => checked.stamped || wanted.has(name))].map((field) =>
      unionColumn(input, field),
    )
    const position = input.scope.get('_position')?.register ?? null
    const span = checked.tie.positions / node.inputs.length
    const registers = [
      ...columns.flatMap(({ register }) => (register === null ? [] : [register])),
      ...(position === null ? [] : [position]),
    ]
    return {
      input: closeInput(input, { registers, judge: null, late: false }),
      plan: { columns, position, place: place * span },
    }
  })
  return { inputs: lowered.map(({ input }) => input), work: { kind: 'union', inputs: lowered.map(({ plan }) => plan) } }
}

/** A row without a stamp is never late: its watermark, in the year −1199, lies before every time, and calendars still hold it. */
export const NO_STAMP: Readonly<Record<string, number | string>> = {
  _arrival: -1,
  _split: '',
  _offset: 0,
  _ingested_at: 0,
  _schema_version: 1,
  _producer: '',
  _watermark: -100_000_000_000_000,
  _judged_by: -100_000_000_000_000,
  _op: CHANGE.insert,
}

function systemOr(input: OpenInput, field: Field): RegisterColumn {
  if (field.name === EVENT_TIME_FIELD.name) return input.eventTime
  return field.name === AVAILABLE_AT_FIELD.name ? input.availableAt : register(input, field)
}

function unionColumn(input: OpenInput, { name, type }: Field): UnionColumn {
  const found = registerIn(input, name)
  if (found !== undefined) return { name, type, register: found.register, constant: null }
  const constant = name === SOURCE_FIELD.name ? (input.checked.origins[0]?.name ?? '') : NO_STAMP[name]
  return { name, type, register: null, constant }
}

function registerIn(input: OpenInput, name: string): RegisterRef | undefined {
  if (name === EVENT_TIME_FIELD.name) return input.eventTime
  if (name === AVAILABLE_AT_FIELD.name) return input.availableAt
  return name === JUDGED_BY_FIELD.name && input.checked.stamped ? judgedBy(input.scope) : input.scope.get(name)
}

function rowsPlan(input: OpenInput, options: { readonly keys: readonly string[]; readonly wanted: ReadonlySet<string> }): RowsPlan {
  const { checked, scope } = input
  const { tie } = checked
  return {
    time: input.eventTime.register,
    heldBy: input.eventTime.register,
    arrival: tie.arrival === 'never' ? null : columnOf(scope, '_arrival').register,
    position: tie.positions > 1 ? columnOf(scope, '_position').register : null,
    ties: tie.arrival === 'always' ? [] : checked.fields.map((field) => register(input, field)),
    keys: options.keys.map((key) => columnOf(scope, key).register),
    keyFields: options.keys.map((key) => checked.fields.find((field) => field.name === key) as Field),
    columns: checked.fields
      .filter(({ name }) => options.wanted.has(name))
      .map((field) => ({ name: field.name, ...register(input, field) })),
  }
}

function register({ scope }: OpenInput, { name, type }: Field): RegisterColumn {
  return { register: columnOf(scope, name).register, type }
}

/** Rows that are taken as they come, however late. */
function closeKept(input: OpenInput, rows: RowsPlan, others: readonly number[]): InputPlan {
  const system = [rows.time, rows.arrival, rows.position].filter((one) => one !== null)
  const named = [...rows.ties, ...rows.columns].map((one) => one.register)
  return closeInput(input, { registers: [...system, ...rows.keys, ...named, ...others], judge: null, late: false })
}

/** Rows with stamps are judged on their way in: late when their time lies before their stamp. */
function closeRows(input: OpenInput, rows: RowsPlan, others: readonly number[] = []): InputPlan {
  const { stamped } = input.checked
  const judge = stamped ? { time: rows.time, watermark: judgedBy(input.scope).register, grid: null } : null
  const system = [rows.time, rows.heldBy, rows.arrival, rows.position].filter((one) => one !== null)
  const named = [...rows.ties, ...rows.columns].map((one) => one.register)
  return closeInput(input, { registers: [...system, ...rows.keys, ...named, ...others], judge, late: stamped })
}

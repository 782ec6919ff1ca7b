import type { Field } from '@millrace/columnar'
import { type Aggregate, type CheckedNode, type PlanSource, STAMP_FIELDS, type WindowAggregateNode } from '@millrace/core'
import { CAPABILITIES, unsupported } from '../capabilities.ts'
import type { AggregatePlan, LatePlan, Pipeline, WindowPlan } from '../operator/physical-plan.ts'
import type { Stage } from './lower-plan.ts'
import { columnOf } from './pipeline-builder.ts'

const LATE_FIELDS: readonly Field[] = [
  { name: '_late', type: 'string', nullable: false },
  { name: '_windows_missed', type: 'int32', nullable: false },
  { name: '_node', type: 'string', nullable: false },
]

interface WindowInput {
  readonly input: Stage
  readonly source: PlanSource
  readonly inputFields: readonly Field[]
}

/** The window operator with its input pipeline closed; columns that only late rows need are kept apart. */
export function lowerWindowAggregate(
  checked: CheckedNode,
  { input, source, inputFields }: WindowInput,
): { input: Omit<Pipeline, 'registers'>; plan: WindowPlan } {
  const node = checked.node as WindowAggregateNode
  const { builder, scope } = input
  const demand = (name: string): number => builder.demand(columnOf(scope, name).register)
  const plan = {
    ...gridOf(node),
    node: node.id,
    time: builder.demand(input.eventTime.register),
    watermark: demand('_watermark'),
    keys: node.keys.map(demand),
    keyFields: node.keys.map((key) => inputFields.find((field) => field.name === key) as Field),
    aggregates: node.aggregates.map((aggregate) => lowerAggregate(aggregate, { input, node, fields: checked.fields })),
  }
  const main = builder.take()
  const late = lowerLate(input, { keep: source.late === 'keep', fields: inputFields })
  return { input: { ...main, outputs: [] }, plan: { ...plan, late } }
}

function gridOf({ window }: WindowAggregateNode): Pick<WindowPlan, 'tilesPerWindow' | 'stepMs' | 'offsetMs'> {
  if (window.kind === 'all') throw unsupported('an aggregate without a window', window.kind)
  const stepMs = window.kind === 'hopping' ? window.every_ms : window.size_ms
  return { tilesPerWindow: window.size_ms / stepMs, stepMs, offsetMs: (window.offset_ms ?? 0) % stepMs }
}

function lowerAggregate(aggregate: Aggregate, at: { input: Stage; node: WindowAggregateNode; fields: readonly Field[] }): AggregatePlan {
  const { builder, scope } = at.input
  const fn = aggregate.fn as AggregatePlan['fn']
  if (!FUNCTIONS.includes(fn)) throw unsupported(`the aggregate \`${aggregate.fn}\``, at.node.id)
  const argument = aggregate.args?.[0] === undefined ? null : builder.define(aggregate.args[0], scope)
  return {
    name: aggregate.name,
    fn,
    argument: argument === null ? null : builder.demand(argument.register),
    argumentType: argument?.type ?? null,
    where: aggregate.where === undefined ? null : builder.demand(builder.define(aggregate.where, scope).register),
    max: aggregate.max ?? null,
    field: at.fields.find((field) => field.name === aggregate.name) as Field,
  }
}

const FUNCTIONS: readonly string[] = CAPABILITIES.aggregates

function lowerLate({ builder, scope }: Stage, options: { keep: boolean; fields: readonly Field[] }): LatePlan {
  const fields = [...STAMP_FIELDS, ...options.fields]
  const outputs = options.keep ? fields.map((field) => builder.demand(columnOf(scope, field.name).register)) : []
  return { keep: options.keep, fields: [...fields, ...LATE_FIELDS], ...builder.take(), outputs }
}

import type { Field } from '@millrace/columnar'
import type { Aggregate, CheckedNode, FixedWindow, WindowAggregateNode } from '@millrace/core'
import { CAPABILITIES, unsupported } from '../capabilities.ts'
import type { AggregatePlan, InputPlan, WindowGrid, WindowPlan } from '../operator/physical-plan.ts'
import { closeInput, type OpenInput } from './lower-input.ts'
import { columnOf } from './pipeline-builder.ts'

/** A window operator and what it reads; columns that only late rows need are kept apart. */
export function lowerWindowAggregate(checked: CheckedNode, input: OpenInput): { readonly input: InputPlan; readonly window: WindowPlan } {
  const node = checked.node as WindowAggregateNode
  const { stamped, fields } = input.checked
  const grid = gridOf(node)
  const time = input.eventTime.register
  const watermark = stamped ? columnOf(input.scope, '_watermark').register : null
  const rows = !stamped ? 'unstamped' : input.exchange === null ? 'stamped' : 'judged'
  const plan: WindowPlan = {
    ...grid,
    rows,
    time,
    watermark: rows === 'judged' && grid.tilesPerWindow === 1 ? null : watermark,
    keys: node.keys.map((key) => columnOf(input.scope, key).register),
    keyFields: node.keys.map((key) => fields.find((field) => field.name === key) as Field),
    aggregates: node.aggregates.map((aggregate) => lowerAggregate(aggregate, { input, node, fields: checked.fields })),
  }
  const judge = rows === 'judged' && watermark !== null ? { time, watermark, grid } : null
  return { input: closeInput(input, { registers: registersOf(plan), judge, late: stamped }), window: plan }
}

function registersOf(plan: WindowPlan): number[] {
  const ofAggregates = plan.aggregates.flatMap(({ argument, where }) => [argument, where])
  return [plan.time, plan.watermark, ...plan.keys, ...ofAggregates].filter((register) => register !== null)
}

function gridOf(node: WindowAggregateNode): WindowGrid {
  const window = node.window as FixedWindow
  const stepMs = window.kind === 'hopping' ? window.every_ms : window.size_ms
  return { tilesPerWindow: window.size_ms / stepMs, stepMs, offsetMs: (window.offset_ms ?? 0) % stepMs }
}

function lowerAggregate(
  aggregate: Aggregate,
  at: { input: OpenInput; node: WindowAggregateNode; fields: readonly Field[] },
): AggregatePlan {
  const { builder, scope } = at.input
  const fn = aggregate.fn as AggregatePlan['fn']
  if (!FUNCTIONS.includes(fn)) throw unsupported(`the aggregate \`${aggregate.fn}\``, at.node.id)
  const argument = aggregate.args?.[0] === undefined ? null : builder.define(aggregate.args[0], scope)
  return {
    name: aggregate.name,
    fn,
    argument: argument?.register ?? null,
    argumentType: argument?.type ?? null,
    where: aggregate.where === undefined ? null : builder.define(aggregate.where, scope).register,
    max: aggregate.max ?? null,
    field: at.fields.find((field) => field.name === aggregate.name) as Field,
  }
}

const FUNCTIONS: readonly string[] = CAPABILITIES.aggregates

import type { Field } from '@millrace/columnar'
import { type CheckedNode, calendarOffsets, type EarlyResults, type FixedWindow, type WindowAggregateNode } from '@millrace/core'
import { aggregateRegisters } from '../operator/aggregate/aggregate-registers.ts'
import type { EarlyWindowPlan, InputPlan, RevisedWindowPlan, WindowGrid, WindowPlan } from '../operator/physical-plan.ts'
import { lowerAggregate } from './lower-aggregate.ts'
import { closeInput, greatestHorizonMs, judgedBy, type OpenInput } from './lower-input.ts'
import { columnOf } from './pipeline-builder.ts'

/** A window operator and what it reads; columns that only late rows need are kept apart. */
export function lowerWindowAggregate(checked: CheckedNode, input: OpenInput): { readonly input: InputPlan; readonly window: WindowPlan } {
  const node = checked.node as WindowAggregateNode
  const { stamped, fields } = input.checked
  const grid = gridOf(node)
  const time = input.eventTime.register
  const watermark = stamped ? judgedBy(input.scope).register : null
  const rows = !stamped ? 'unstamped' : input.exchange === null && input.origin.from.kind === 'source' ? 'stamped' : 'judged'
  const plan: WindowPlan = {
    ...grid,
    rows,
    time,
    watermark: rows === 'judged' && grid.tilesPerWindow === 1 ? null : watermark,
    keys: node.keys.map((key) => columnOf(input.scope, key).register),
    keyFields: node.keys.map((key) => fields.find((field) => field.name === key) as Field),
    aggregates: node.aggregates.map((aggregate) => lowerAggregate(aggregate, { input, node: node.id, fields: checked.fields })),
  }
  const judge = rows === 'judged' && watermark !== null ? { time, watermark, grid } : null
  return { input: closeInput(input, { registers: registersOf(plan), judge, late: stamped }), window: plan }
}

/** Windows whose results are corrected, by late rows or because they are given early, and what they read. */
export function lowerRevisedWindow(
  checked: CheckedNode,
  input: OpenInput,
): { readonly inputs: readonly [InputPlan]; readonly work: RevisedWindowPlan | EarlyWindowPlan } {
  const node = checked.node as WindowAggregateNode
  const grid = gridOf(node)
  const time = input.eventTime.register
  const { stamped } = input.checked
  const { early_ms: earlyMs } = node.window as EarlyResults
  const watermark = stamped ? judgedBy(input.scope).register : null
  const common = {
    grid,
    horizonMs: greatestHorizonMs(input.checked),
    time,
    watermark: grid.tilesPerWindow === 1 ? null : watermark,
    keys: node.keys.map((key) => columnOf(input.scope, key).register),
    keyFields: node.keys.map((key) => input.checked.fields.find((field) => field.name === key) as Field),
    aggregates: node.aggregates.map((aggregate) => lowerAggregate(aggregate, { input, node: node.id, fields: checked.fields })),
  }
  const work: RevisedWindowPlan | EarlyWindowPlan =
    earlyMs === undefined ? { kind: 'revised-window', ...common } : { kind: 'early-window', earlyMs, ...common }
  const judge = watermark === null ? null : { time, watermark, grid }
  return { inputs: [closeInput(input, { registers: registersOf(work), judge, late: stamped })], work }
}

function registersOf(plan: WindowPlan | RevisedWindowPlan | EarlyWindowPlan): number[] {
  return [plan.time, plan.watermark, ...plan.keys, ...plan.aggregates.flatMap(aggregateRegisters)].filter((register) => register !== null)
}

function gridOf({ window }: WindowAggregateNode): WindowGrid {
  if (window.kind === 'calendar') {
    const offsets = calendarOffsets(window.zone)
    const calendar = { unit: window.unit, from: offsets.map((one) => one.from), offsetMs: offsets.map((one) => one.offsetMs) }
    return { tilesPerWindow: 1, stepMs: 0, offsetMs: 0, calendar }
  }
  const fixed = window as FixedWindow
  const stepMs = fixed.kind === 'hopping' ? fixed.every_ms : fixed.size_ms
  return { tilesPerWindow: fixed.size_ms / stepMs, stepMs, offsetMs: (fixed.offset_ms ?? 0) % stepMs, calendar: null }
}

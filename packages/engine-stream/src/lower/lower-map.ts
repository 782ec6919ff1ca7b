import type { Field } from '@millrace/columnar'
import type { CheckedNode, MapNode } from '@millrace/core'
import type { MapPlan, NamedRegister } from '../operator/physical-plan.ts'
import { closeInput, type OpenInput, systemFields } from './lower-input.ts'
import { type LoweredRows, NO_STAMP } from './lower-rows.ts'
import { columnOf } from './pipeline-builder.ts'
import { AVAILABLE_AT_FIELD, EVENT_TIME_FIELD, SOURCE_FIELD } from './system-field.ts'

/** A function's columns beside those that are handed on; of rows that may be late, which a table then shows, all. */
export function lowerMap(checked: CheckedNode, input: OpenInput, wanted: ReadonlySet<string>): LoweredRows {
  const node = checked.node as MapNode
  const own = new Set(node.columns.map(({ name }) => name))
  const handedOn = checked.fields.filter(({ name }) => !own.has(name) && (checked.stamped || wanted.has(name)))
  const kept = [...systemFields(checked), ...handedOn].map((field) => named(input, field))
  const reads = node.reads.map((name): NamedRegister => ({ name, ...columnOf(input.scope, name) }))
  const work: MapPlan = {
    kind: 'map',
    function: { name: node.function.name, hash: node.function.hash ?? null },
    time: input.eventTime.register,
    reads,
    columns: node.columns.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === true })),
    kept,
    stamp: stampOf(input),
  }
  const registers = [work.time, ...kept.map((one) => one.register), ...reads.map((one) => one.register)]
  const stamp = work.stamp === null ? [] : [work.stamp.arrival, work.stamp.watermark, work.stamp.sourceRegister ?? work.time]
  return { inputs: [closeInput(input, { registers: [...registers, ...stamp], judge: null, late: false })], work }
}

function named(input: OpenInput, { name, type }: Field): NamedRegister {
  if (name === EVENT_TIME_FIELD.name) return { name, ...input.eventTime }
  if (name === AVAILABLE_AT_FIELD.name) return { name, ...input.availableAt }
  return { name, type, register: columnOf(input.scope, name).register }
}

function stampOf({ checked, scope }: OpenInput): MapPlan['stamp'] {
  if (!checked.stamped) return null
  const mixed = checked.origins.length > 1
  return {
    arrival: columnOf(scope, '_arrival').register,
    watermark: columnOf(scope, '_watermark').register,
    none: NO_STAMP._watermark as number,
    source: mixed ? null : checked.origins[0].name,
    sourceRegister: mixed ? columnOf(scope, SOURCE_FIELD.name).register : null,
  }
}

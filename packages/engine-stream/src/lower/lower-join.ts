import type { Field } from '@millrace/columnar'
import type { CheckedNode, IntervalJoinNode } from '@millrace/core'
import type { InputPlan, JoinPlan, JoinSidePlan } from '../operator/physical-plan.ts'
import { closeInput, judgedBy, type OpenInput } from './lower-input.ts'
import { columnOf } from './pipeline-builder.ts'

/** An interval join and what its sides read: only the wanted columns are kept. */
export function lowerJoin(
  checked: CheckedNode,
  sides: { readonly left: OpenInput; readonly right: OpenInput; readonly wanted: ReadonlySet<string> },
): { readonly inputs: readonly [InputPlan, InputPlan]; readonly join: JoinPlan } {
  const node = checked.node as IntervalJoinNode
  const left = lowerSide(sides.left, { keys: node.on.map(([name]) => name), wanted: sides.wanted })
  const right = lowerSide(sides.right, { keys: node.on.map(([, name]) => name), wanted: sides.wanted })
  return {
    inputs: [left.input, right.input],
    join: {
      how: node.how ?? 'inner',
      lowerMs: node.lower_ms,
      upperMs: node.upper_ms,
      keyFields: node.on.map((pair) => keyField(pair, sides)),
      left: left.side,
      right: right.side,
    },
  }
}

function lowerSide(
  input: OpenInput,
  { keys, wanted }: { keys: readonly string[]; wanted: ReadonlySet<string> },
): { readonly input: InputPlan; readonly side: JoinSidePlan } {
  const { checked, scope } = input
  const side: JoinSidePlan = {
    time: input.eventTime.register,
    availableAt: input.availableAt.register,
    keys: keys.map((key) => columnOf(scope, key).register),
    columns: checked.fields
      .filter((field) => wanted.has(field.name))
      .map(({ name, type }) => ({ name, type, register: columnOf(scope, name).register })),
  }
  const judge = checked.stamped ? { time: side.time, watermark: judgedBy(scope).register, grid: null } : null
  const registers = [side.time, side.availableAt, ...side.keys, ...side.columns.map((column) => column.register)]
  return { input: closeInput(input, { registers, judge, late: checked.stamped }), side }
}

/** Keys of both sides are numbered in one table: int32 and int64 as int64. */
export function keyField([leftName, rightName]: readonly [string, string], sides: { left: OpenInput; right: OpenInput }): Field {
  const left = sides.left.checked.fields.find((field) => field.name === leftName) as Field
  const right = sides.right.checked.fields.find((field) => field.name === rightName) as Field
  return { name: leftName, type: left.type === right.type ? left.type : 'int64', nullable: true }
}

import type { Field } from '@millrace/columnar'
import type { Aggregate } from '@millrace/core'
import { CAPABILITIES, unsupported } from '../capabilities.ts'
import type { AggregatePlan } from '../operator/physical-plan.ts'
import type { OpenInput } from './lower-input.ts'

const FUNCTIONS: readonly string[] = CAPABILITIES.aggregates

/** An aggregate with its argument and condition in registers. */
export function lowerAggregate(
  aggregate: Aggregate,
  at: { readonly input: OpenInput; readonly node: string; readonly fields: readonly Field[] },
): AggregatePlan {
  const { builder, scope } = at.input
  const fn = aggregate.fn as AggregatePlan['fn']
  if (!FUNCTIONS.includes(fn)) throw unsupported(`the aggregate \`${aggregate.fn}\``, at.node)
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

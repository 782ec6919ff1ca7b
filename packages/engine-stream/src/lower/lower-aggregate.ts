import type { Field } from '@millrace/columnar'
import { AGGREGATES, type Aggregate, type Expr } from '@millrace/core'
import { CAPABILITIES, unsupported } from '../capabilities.ts'
import type { AggregatePlan, OrderColumn } from '../operator/physical-plan.ts'
import type { OpenInput } from './lower-input.ts'
import { columnOf } from './pipeline-builder.ts'

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
    share: fn === 'quantile' ? literalTextOf(aggregate.args?.[1]) : null,
    order: AGGREGATES.get(fn)?.ordered === true ? orderOf(aggregate, at.input) : null,
    field: at.fields.find((field) => field.name === aggregate.name) as Field,
  }
}

function literalTextOf(expr: Expr | undefined): string | null {
  return expr !== undefined && 'lit' in expr ? expr.lit : null
}

/** By the columns that the plan names, then in the one order of rows: event time, arrival, position, all columns from left to right. */
function orderOf(aggregate: Aggregate, { checked, scope, eventTime }: OpenInput): readonly OrderColumn[] {
  const { tie, fields } = checked
  const named = (aggregate.order_by ?? []).map(([name, direction]) => ({ ...columnOf(scope, name), descending: direction === 'desc' }))
  const ties = [
    ...(tie.arrival === 'never' ? [] : ['_arrival']),
    ...(tie.positions > 1 ? ['_position'] : []),
    ...(tie.arrival === 'always' ? [] : fields.map((field) => field.name)),
  ]
  const others = [eventTime, ...ties.map((name) => columnOf(scope, name))].map((column) => ({ ...column, descending: false }))
  return [...named, ...others]
}

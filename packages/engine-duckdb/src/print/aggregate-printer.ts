import type { Field } from '@millrace/columnar'
import type { Aggregate } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { printCondition, printExpression } from './expression-printer.ts'

/** An aggregate call without and with its FILTER clause. */
type AggregatePrinter = (input: {
  readonly arg: string
  readonly isDouble: boolean
  readonly filter: string
  readonly aggregate: Aggregate
}) => string

/** Not compensated sums of doubles drift; `fsum` and `favg` carry the lost part along. */
const sum: AggregatePrinter = ({ arg, isDouble, filter }) =>
  isDouble ? tidy(`fsum(${arg})${filter}`) : `TRY_CAST(sum(${arg})${filter} AS BIGINT)`

const avg: AggregatePrinter = ({ arg, isDouble, filter }) =>
  isDouble ? tidy(`favg(${arg})${filter}`) : `TRY_CAST(sum(${arg})${filter} AS BIGINT)::DOUBLE / count(${arg})${filter}`

/** DuckDB computes the repeated aggregate once. */
function tidy(sql: string): string {
  return `CASE WHEN isfinite(${sql}) THEN ${sql} + 0.0e0 END`
}

const PRINTERS: Readonly<Record<string, AggregatePrinter>> = {
  count: ({ arg, filter }) => `count(${arg === '' ? '*' : arg})${filter}`,
  count_distinct: ({ arg, filter, aggregate: { max } }) => {
    const count = `count(DISTINCT ${arg})${filter}`
    return max === undefined ? count : `least(${count}, ${max})`
  },
  sum,
  avg,
  min: ({ arg, filter }) => `min(${arg})${filter}`,
  max: ({ arg, filter }) => `max(${arg})${filter}`,
}

/** One aggregate over the columns of its node's input. */
export function printAggregate(aggregate: Aggregate, fields: readonly Field[]): string {
  const printer = PRINTERS[aggregate.fn]
  if (printer === undefined) throw unsupported(`aggregate ${aggregate.fn}`, `aggregate \`${aggregate.name}\``)
  const [arg] = aggregate.args ?? []
  const value = arg === undefined ? undefined : printExpression(arg, fields)
  const filter = aggregate.where === undefined ? '' : ` FILTER (WHERE ${printCondition(aggregate.where, fields)})`
  return printer({ arg: value?.sql ?? '', isDouble: value?.type === 'double', filter, aggregate })
}

import type { Field } from '@millrace/columnar'
import type { Aggregate } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { printCondition, printExpression } from './expression-printer.ts'

/** What an aggregate is printed from. */
interface Call {
  readonly arg: string
  readonly isDouble: boolean
  /** Which rows count; undefined: all. */
  readonly condition: string | undefined
  /** The same as a clause behind the call, and the frame behind it. */
  readonly filter: string
  readonly aggregate: Aggregate
}

/** An aggregate in two stages: over the rows of a tile, and over the tiles of a window. */
export interface StagedAggregate {
  /** Aggregates of a tile. */
  readonly partials: readonly string[]
  /** What the tile's rows are told apart by, where the aggregate counts different values. */
  readonly values: readonly string[]
  /** The aggregate over tiles, from the names that partials and values were given. */
  readonly merged: (partials: readonly string[], values: readonly string[]) => string
}

interface AggregatePrinter {
  readonly whole: (call: Call) => string
  readonly staged: (call: Call) => StagedAggregate
}

/** DuckDB computes the repeated aggregate once. */
function tidy(sql: string): string {
  return `CASE WHEN isfinite(${sql}) THEN ${sql} + 0.0e0 END`
}

function extreme(fn: 'min' | 'max'): AggregatePrinter {
  return {
    whole: ({ arg, filter }) => `${fn}(${arg})${filter}`,
    staged: ({ arg, filter }) => ({ partials: [`${fn}(${arg})${filter}`], values: [], merged: ([p]) => `${fn}(${p})` }),
  }
}

function limited(count: string, { max }: Aggregate): string {
  return max === undefined ? count : `least(${count}, ${max})`
}

/** Not compensated sums of doubles drift; `fsum` and `favg` carry the lost part along. */
const PRINTERS: Readonly<Record<string, AggregatePrinter>> = {
  count: {
    whole: ({ arg, filter }) => `count(${arg === '' ? '*' : arg})${filter}`,
    staged: ({ arg, filter }) => ({
      partials: [`count(${arg === '' ? '*' : arg})${filter}`],
      values: [],
      merged: ([p]) => `sum(${p})::BIGINT`,
    }),
  },
  count_distinct: {
    whole: ({ arg, filter, aggregate }) => limited(`count(DISTINCT ${arg})${filter}`, aggregate),
    staged: ({ arg, condition, aggregate }) => ({
      partials: [],
      values: [condition === undefined ? arg : `CASE WHEN ${condition} THEN ${arg} END`],
      merged: (_, [value]) => limited(`count(DISTINCT ${value})`, aggregate),
    }),
  },
  sum: {
    whole: ({ arg, isDouble, filter }) => (isDouble ? tidy(`fsum(${arg})${filter}`) : `TRY_CAST(sum(${arg})${filter} AS BIGINT)`),
    staged: ({ arg, isDouble, filter }) => ({
      partials: [`${isDouble ? 'fsum' : 'sum'}(${arg})${filter}`],
      values: [],
      merged: ([p]) => (isDouble ? tidy(`fsum(${p})`) : `TRY_CAST(sum(${p}) AS BIGINT)`),
    }),
  },
  avg: {
    whole: ({ arg, isDouble, filter }) =>
      isDouble ? tidy(`favg(${arg})${filter}`) : `TRY_CAST(sum(${arg})${filter} AS BIGINT)::DOUBLE / count(${arg})${filter}`,
    staged: ({ arg, isDouble, filter }) => ({
      partials: [`${isDouble ? 'fsum' : 'sum'}(${arg})${filter}`, `count(${arg})${filter}`],
      values: [],
      merged: ([total, n]) => (isDouble ? tidy(`fsum(${total}) / sum(${n})`) : `TRY_CAST(sum(${total}) AS BIGINT)::DOUBLE / sum(${n})`),
    }),
  },
  min: extreme('min'),
  max: extreme('max'),
}

/** One aggregate over the columns of its node's input; `over` is the clause ` OVER …` where it is one over a frame of rows. */
export function printAggregate(aggregate: Aggregate, fields: readonly Field[], over = ''): string {
  const { printer, call } = printed(aggregate, fields, over)
  return printer.whole(call)
}

/** The same in two stages. */
export function printStagedAggregate(aggregate: Aggregate, fields: readonly Field[]): StagedAggregate {
  const { printer, call } = printed(aggregate, fields, '')
  return printer.staged(call)
}

function printed(
  aggregate: Aggregate,
  fields: readonly Field[],
  over: string,
): { readonly printer: AggregatePrinter; readonly call: Call } {
  const printer = PRINTERS[aggregate.fn]
  if (printer === undefined) throw unsupported(`aggregate ${aggregate.fn}`, `aggregate \`${aggregate.name}\``)
  const [arg] = aggregate.args ?? []
  const value = arg === undefined ? undefined : printExpression(arg, fields)
  const condition = aggregate.where === undefined ? undefined : printCondition(aggregate.where, fields)
  const filter = (condition === undefined ? '' : ` FILTER (WHERE ${condition})`) + over
  return { printer, call: { arg: value?.sql ?? '', isDouble: value?.type === 'double', condition, filter, aggregate } }
}

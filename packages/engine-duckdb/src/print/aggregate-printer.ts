import { decimalType } from '@millrace/columnar'
import { AGGREGATES, type Aggregate, type Step } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { decimalOfUnits, isDecimal, unitsOf } from './decimal-printer.ts'
import { elementText } from './element-printer.ts'
import { printCondition, printExpression } from './expression-printer.ts'
import { identifier, literalText } from './identifier.ts'
import { atom, bind, operand, widened } from './printed.ts'
import { ascending, descending, rowOrder } from './row-order.ts'

/** What an aggregate is printed from. */
interface Call {
  readonly arg: string
  /** The argument as an operand. */
  readonly value: string
  readonly isDouble: boolean
  /** The argument's plan type. */
  readonly type: string
  /** What a row's place in the order of rows is known by. */
  readonly order: string
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
  /** Absent where parts of rows cannot be brought together. */
  readonly staged?: (call: Call) => StagedAggregate
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

const countDistinct: AggregatePrinter = {
  whole: ({ arg, filter, aggregate }) => limited(`count(DISTINCT ${arg})${filter}`, aggregate),
  staged: ({ arg, condition, aggregate }) => ({
    partials: [],
    values: [condition === undefined ? arg : `CASE WHEN ${condition} THEN ${arg} END`],
    merged: (_, [value]) => limited(`count(DISTINCT ${value})`, aggregate),
  }),
}

/** The value at the least or greatest place; of tiles, each with its place beside it. */
function placed(fn: 'arg_min' | 'arg_max'): AggregatePrinter {
  return {
    whole: ({ value, order, filter }) => `${fn}(${value}, ${order})${known(value, filter)}`,
    staged: ({ value, order, filter }) => ({
      partials: [`${fn}({v: ${value}, k: ${order}}, ${order})${known(value, filter)}`],
      values: [],
      merged: ([p]) => `${fn}(${p}.v, ${p}.k)`,
    }),
  }
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
  count_distinct: countDistinct,
  sum: {
    whole: (call) =>
      isDecimal(call.type) ? decimalTotal(call) : call.isDouble ? tidy(`fsum(${call.arg})${call.filter}`) : integerTotal(call),
    staged: (call) => {
      const { arg, isDouble, filter } = call
      if (isDecimal(call.type)) return { partials: decimalParts(call), values: [], merged: (parts) => decimalOfParts(call.type, parts) }
      return {
        partials: [`${isDouble ? 'fsum' : 'sum'}(${arg})${filter}`],
        values: [],
        merged: ([p]) => (isDouble ? tidy(`fsum(${p})`) : `TRY_CAST(sum(${p}) AS BIGINT)`),
      }
    },
  },
  avg: {
    whole: (call) => {
      const { arg, isDouble, filter } = call
      if (isDecimal(call.type)) return `${decimalTotal(call)}::VARCHAR::DOUBLE / count(${arg})${filter}`
      return isDouble ? tidy(`favg(${arg})${filter}`) : `${integerTotal(call)}::DOUBLE / count(${arg})${filter}`
    },
    staged: (call) => {
      const { arg, isDouble, filter } = call
      const size = `count(${arg})${filter}`
      if (isDecimal(call.type)) {
        const merged = (parts: readonly string[]) => `${decimalOfParts(call.type, parts)}::VARCHAR::DOUBLE / sum(${parts[2]})`
        return { partials: [...decimalParts(call), size], values: [], merged }
      }
      return {
        partials: [`${isDouble ? 'fsum' : 'sum'}(${arg})${filter}`, size],
        values: [],
        merged: ([total, n]) => (isDouble ? tidy(`fsum(${total}) / sum(${n})`) : `TRY_CAST(sum(${total}) AS BIGINT)::DOUBLE / sum(${n})`),
      }
    },
  },
  min: extreme('min'),
  max: extreme('max'),
  first: placed('arg_min'),
  last: placed('arg_max'),
  collect: {
    whole: (call) => listText(collected(call), call.aggregate),
    staged: (call) => ({
      partials: [collected(call)],
      values: [],
      merged: ([p]) => listText(`flatten(list(${p}) FILTER (WHERE ${p} IS NOT NULL))`, call.aggregate),
    }),
  },
  variance: { whole: variance },
  stddev: { whole: (call) => `sqrt(${variance(call)})` },
  approx_count_distinct: countDistinct,
  quantile: { whole: (call) => `quantile_disc(${asDouble(call)}, ${shareOf(call.aggregate)})${call.filter}` },
}

function integerTotal({ arg, filter }: Call): string {
  return `TRY_CAST(sum(${arg})${filter} AS BIGINT)`
}

/** Digits that each of the two parts of a sum of decimals has: no number of rows makes them too long. */
const PART_DIGITS = 19

/** A sum of decimals in two parts, for DuckDB fails on one that leaves 128 bits on the way. */
function decimalParts({ arg, type, filter }: Call): readonly string[] {
  const units = unitsOf(atom(arg, type))
  const power = `${10n ** BigInt(PART_DIGITS)}::HUGEINT`
  return [`sum(${units} // ${power})${filter}`, `sum(${units} % ${power})${filter}`]
}

function decimalOfParts(type: string, [high, low]: readonly string[]): string {
  return decimalOfTotal(type, `sum(${high})`, `sum(${low})`)
}

function decimalTotal(call: Call): string {
  const [high, low] = decimalParts(call)
  return decimalOfTotal(call.type, high, low)
}

/** Beyond, the higher part alone has more than 38 digits. */
const HIGH_MAX = '16000000000000000000'

function decimalOfTotal(type: string, high: string, low: string): string {
  const { scale } = decimalType(type)
  const units = `CASE WHEN abs(${high}) <= ${HIGH_MAX} THEN ${high} * ${10n ** BigInt(PART_DIGITS)}::HUGEINT + ${low} END`
  return bind([atom(units, 'int64')], (text) => decimalOfUnits(text, `decimal(38,${scale})`))
}

/** The filter and that the argument is known. */
function known(value: string, filter: string): string {
  const test = `${value} IS NOT NULL`
  return filter.startsWith(' FILTER (WHERE ')
    ? ` FILTER (WHERE ${test} AND ${filter.slice(' FILTER (WHERE '.length)}`
    : ` FILTER (WHERE ${test})${filter}`
}

/** Values with their places, as a list. */
function collected({ value, type, order, filter }: Call): string {
  return `list({k: ${order}, v: ${elementText(atom(value, type))}})${known(value, filter)}`
}

/** The values in order as JSON text, no more of them than are kept. */
function listText(rows: string, { max }: Aggregate): string {
  const limit = max === undefined ? '' : `[1:${max}]`
  return `'[' || array_to_string(list_transform(list_sort(${rows})${limit}, lambda e: e.v), ',') || ']'`
}

/** Values up to here have squares that doubles hold; DuckDB fails on others, so greater ones are scaled down. */
const SQUARED_MAX = '1e150'
const DOWN = '2.4099198651028841e-181'
const UP = '4.149515568880993e180'

function variance(call: Call): string {
  const { filter } = call
  const x = asDouble(call)
  const plain = `var_samp(CASE WHEN abs(${x}) < ${SQUARED_MAX} THEN ${x} END)${filter}`
  const scaled = `var_samp(${x} * ${DOWN})${filter} * ${UP} * ${UP}`
  return `CASE WHEN max(abs(${x}))${filter} < ${SQUARED_MAX} THEN ${plain} ELSE ${tidy(`(${scaled})`)} END`
}

function asDouble({ arg, type }: Call): string {
  return widened(atom(`(${arg})`, type), 'double').sql
}

function shareOf({ args }: Aggregate): string {
  return literalText((args ?? [])[1])
}

/** One aggregate over a step's rows; `over` is the clause ` OVER …` where it is one over a frame of rows. */
export function printAggregate(aggregate: Aggregate, input: Step, over = ''): string {
  const { printer, call } = printed(aggregate, input, over)
  return printer.whole(call)
}

/** Whether the aggregate can be computed in two stages. */
export function isStaged({ fn }: Aggregate): boolean {
  return PRINTERS[fn]?.staged !== undefined
}

/** The same in two stages. */
export function printStagedAggregate(aggregate: Aggregate, input: Step): StagedAggregate {
  const { printer, call } = printed(aggregate, input, '')
  if (printer.staged === undefined) throw unsupported(`aggregate ${aggregate.fn} in stages`, `aggregate \`${aggregate.name}\``)
  return printer.staged(call)
}

function printed(aggregate: Aggregate, input: Step, over: string): { readonly printer: AggregatePrinter; readonly call: Call } {
  const printer = PRINTERS[aggregate.fn]
  if (printer === undefined) throw unsupported(`aggregate ${aggregate.fn}`, `aggregate \`${aggregate.name}\``)
  const { fields } = input.checked
  const [arg] = aggregate.args ?? []
  const value = arg === undefined ? undefined : printExpression(arg, fields)
  const condition = aggregate.where === undefined ? undefined : printCondition(aggregate.where, fields)
  const filter = (condition === undefined ? '' : ` FILTER (WHERE ${condition})`) + over
  const type = value?.type ?? 'int64'
  const order = AGGREGATES.get(aggregate.fn)?.ordered === true ? sortKey(aggregate, input) : ''
  return {
    printer,
    call: {
      arg: value === undefined ? '' : value.sql,
      value: value === undefined ? '' : operand(value),
      type,
      order,
      isDouble: type === 'double',
      condition,
      filter,
      aggregate,
    },
  }
}

/** Bytes that stand in the order of rows: by `order_by`, then as rows stand anyway. */
function sortKey(aggregate: Aggregate, input: Step): string {
  const named = (aggregate.order_by ?? []).map(([name, direction]) =>
    direction === 'asc' ? ascending(identifier(name)) : descending(identifier(name)),
  )
  const terms = [...named, ...rowOrder(input)].map((term) => {
    const [, column, how] = /^(.*) ((?:ASC|DESC) NULLS (?:FIRST|LAST))$/.exec(term) ?? []
    return `${column}, '${how}'`
  })
  return terms.length === 0 ? "''" : `create_sort_key(${terms.join(', ')})`
}

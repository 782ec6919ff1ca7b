import { decimalType } from '@millrace/columnar'
import type { Aggregate } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import type { Step } from '../lower/lower-plan.ts'
import { castTo, timeText } from './cast-printer.ts'
import { bytesOfText, equalForm, orderedForm, textOfBytes, textOfHex } from './comparable.ts'
import { decimalOfText, decimalOfUnits, isDecimal, unitsOf } from './decimal-printer.ts'
import { printExpression } from './expression-printer.ts'
import { literalText, textConstant } from './identifier.ts'
import { atom, bind, compound, finiteText, narrowed, type Printed, type Scope, wide, widened } from './printed.ts'
import { KEY_CHARACTERS, printSortKey } from './sort-key-printer.ts'
import { daysOf, msOf, timeAt } from './time-range.ts'
import { printType } from './type-printer.ts'

/** An aggregate in the stages of a statement. */
export interface PrintedAggregate {
  /** What is computed of each row. */
  readonly values: readonly string[]
  /** What is computed of each group, from the names of the values. */
  readonly partials: (values: readonly string[]) => readonly string[]
  /**
   * What is then computed over the elements of the group's first partial, a list: each pass gives further partials, from the name of the
   * element and of all partials before.
   */
  readonly passes?: readonly ((element: string, partials: readonly string[]) => readonly string[])[]
  /** The result, from the names of all partials. */
  readonly result: (partials: readonly string[], scope: Scope) => string
}

interface Call {
  readonly aggregate: Aggregate
  readonly scope: Scope
  readonly input: Step
  /** The argument, where there is one. */
  readonly value: Printed
  /** Leaves out rows that do not count. */
  readonly counted: (sql: string) => string
}

type AggregatePrinter = (call: Call) => PrintedAggregate

function simple(
  call: Call,
  value: string,
  aggregate: (name: string) => string,
  result: (partial: string) => string = (p) => p,
): PrintedAggregate {
  return { values: [call.counted(value)], partials: ([v]) => [aggregate(v)], result: ([p]) => result(p) }
}

const count: AggregatePrinter = (call) => simple(call, call.aggregate.args?.length ? call.value.sql : '1', (v) => `COUNT(${v})`)

function limited(partial: string, { max }: Aggregate): string {
  return max === undefined ? partial : `LEAST(${partial}, CAST(${max} AS BIGINT))`
}

/** Exact, also where an approximation is asked for. */
const countDistinct: AggregatePrinter = (call) =>
  simple(
    call,
    equalForm(call.value).sql,
    (v) => `COUNT(DISTINCT ${v})`,
    (p) => limited(p, call.aggregate),
  )

function extreme(fn: 'MIN' | 'MAX'): AggregatePrinter {
  return (call) => {
    const { type } = call.value
    const back = (p: string): string => (type === 'bytes' ? bytesOfText(p) : type === 'string' ? textOfHex(p) : p)
    return { ...extremeOf(fn, call, orderedForm(call.value).sql), result: ([p]) => back(p) }
  }
}

/**
 * Behind a left join from a list of the values: Flink forgets there that a row without a partner goes when one comes, takes MIN and MAX for those
 * of rows that only come, and keeps the values of rows that went.
 */
function extremeOf(fn: 'MIN' | 'MAX', { counted, input }: Call, value: string): Pick<PrintedAggregate, 'values' | 'partials'> {
  const of = (v: string): string => (readsLeftJoin(input) ? `ARRAY_${fn}(${listOf(v)})` : `${fn}(${v})`)
  return { values: [counted(value)], partials: ([v]) => [of(v)] }
}

function readsLeftJoin({ checked: { node }, appends, inputs }: Step): boolean {
  return !appends && ((node.kind === 'join' && node.how === 'left') || inputs.some(readsLeftJoin))
}

const sum: AggregatePrinter = (call) => {
  const { value, counted } = call
  if (isDecimal(value.type)) {
    const parts = decimalParts(value, counted)
    return { ...parts, result: ([high, low], scope) => decimalTotal(scope, value.type, [high, low]) }
  }
  if (value.type === 'double') return doubles(call, { sums: (v) => [`SUM(${v})`], result: ([total]) => finiteText(total) })
  return simple(call, wide(value), (v) => `SUM(${v})`, narrowed)
}

const avg: AggregatePrinter = (call) => {
  const { value, counted } = call
  const size = (name: string): string => `CAST(${name} AS DOUBLE)`
  if (isDecimal(value.type)) {
    const parts = decimalParts(value, counted)
    return {
      values: parts.values,
      partials: ([high, low]) => [...parts.partials([high, low]), `COUNT(${low})`],
      result: ([high, low, n], scope) => `CAST(${decimalTotal(scope, value.type, [high, low])} AS DOUBLE) / ${size(n)}`,
    }
  }
  const sums = (v: string): readonly string[] => [`SUM(${v})`, `COUNT(${v})`]
  if (value.type === 'double') return doubles(call, { sums, result: ([total, n]) => finiteText(`(${total} / ${size(n)})`) })
  return {
    values: [counted(wide(value))],
    partials: ([v]) => sums(v),
    result: ([total, n]) => `CAST(${narrowed(total)} AS DOUBLE) / ${size(n)}`,
  }
}

interface DoubleSums {
  readonly sums: (value: string) => readonly string[]
  readonly result: (sums: readonly string[]) => string
}

/**
 * Sums of doubles. Taking a great one back from a sum takes digits of the others with it, so that where rows are taken back, their values
 * are kept as a list, over which sums are computed anew.
 */
function doubles({ value, counted, input }: Call, { sums, result }: DoubleSums): PrintedAggregate {
  const values = [counted(value.sql)]
  if (input.appends) return { values, partials: ([v]) => sums(v), result }
  return { values, partials: ([v]) => [listOf(v)], passes: [sums], result: ([, ...found]) => result(found) }
}

/** The values that are not null. */
export function listOf(value: string): string {
  return `ARRAY_AGG(${value}) FILTER (WHERE ${value} IS NOT NULL)`
}

/** Digits that each of the two parts of a sum of decimals has: no number of rows makes them too long. */
const PART_DIGITS = 19
const PART = `CAST('${10n ** BigInt(PART_DIGITS)}' AS DECIMAL(38, 0))`
/** Beyond, the higher part alone has more than 38 digits. */
const HIGH_MAX = "CAST('16000000000000000000' AS DECIMAL(38, 0))"

/** A sum of decimals in two parts, for Flink gives null for one that leaves 38 digits on the way. */
function decimalParts(value: Printed, counted: Call['counted']) {
  const digits = `LPAD(REPLACE(REPLACE(CAST(${unitsOf(value)} AS STRING), '-', ''), '.', ''), ${2 * PART_DIGITS}, '0')`
  const sign = `CASE WHEN ${value.sql} < 0 THEN -1 ELSE 1 END`
  const part = (cut: 'LEFT' | 'RIGHT'): string => counted(`TRY_CAST(${cut}(${digits}, ${PART_DIGITS}) AS DECIMAL(38, 0)) * ${sign}`)
  const partials = (values: readonly string[]): readonly string[] => values.map((v) => `SUM(TRY_CAST(${v} AS DECIMAL(38, 0)))`)
  return { values: [part('LEFT'), part('RIGHT')], partials }
}

function decimalTotal(scope: Scope, type: string, [high, low]: readonly string[]): string {
  const units = `CASE WHEN ABS(${high}) <= ${HIGH_MAX} THEN TRY_CAST(${high} * ${PART} AS DECIMAL(38, 0)) + ${low} END`
  return bind(scope, [compound(units, 'int64')], (u) => decimalOfUnits(u, `decimal(38,${decimalType(type).scale})`))
}

/** Stands behind the key of a packed value. */
const END_OF_KEY = '|'

/** The value at the least or greatest place, packed behind its place. */
function placed(fn: 'MIN' | 'MAX'): AggregatePrinter {
  return (call) => {
    const { aggregate, scope, input, value } = call
    return {
      ...extremeOf(fn, call, `${printSortKey(scope, aggregate, input)} || '${END_OF_KEY}' || ${packedText(scope, value)}`),
      result: ([p]) => unpacked(`SUBSTRING(${p}, POSITION('${END_OF_KEY}' IN ${p}) + 1)`, value.type),
    }
  }
}

function packedText(scope: Scope, value: Printed): string {
  switch (value.type) {
    case 'string':
    case 'json':
      return value.sql
    case 'bytes':
      return textOfBytes(value.sql)
    case 'timestamp':
      return `CAST(${msOf(scope, value)} AS STRING)`
    case 'date':
      return `CAST(${daysOf(value.sql)} AS STRING)`
    default:
      return `CAST(${value.sql} AS STRING)`
  }
}

function unpacked(text: string, type: string): string {
  switch (type) {
    case 'bytes':
      return bytesOfText(text)
    case 'timestamp':
      return timeAt(`CAST(${text} AS BIGINT)`)
    case 'date':
      return `TIMESTAMPADD(DAY, CAST(${text} AS INT), DATE '1970-01-01')`
    default:
      if (isDecimal(type)) return decimalOfText(text, type)
      return printType(type) === 'STRING' ? text : `CAST(${text} AS ${printType(type)})`
  }
}

/** Between the place of a value and its JSON text, in which no control character stands. */
const PLACE_END = '\u0001'

/** The values in order as JSON text, no more of them than are kept: sorted behind their places, which are then cut off. */
const collect: AggregatePrinter = ({ aggregate, scope, input, value, counted }) => {
  const { max } = aggregate
  const sorted = (list: string): string => (max === undefined ? `ARRAY_SORT(${list})` : `ARRAY_SLICE(ARRAY_SORT(${list}), 1, ${max})`)
  const places = textConstant(`${KEY_CHARACTERS}*+${PLACE_END}`)
  return {
    values: [counted(`${printSortKey(scope, aggregate, input)} || '${PLACE_END}' || ${elementText(scope, value)}`)],
    partials: ([v]) => [listOf(v)],
    result: ([list]) => `'[' || REGEXP_REPLACE(ARRAY_JOIN(${sorted(list)}, ','), ${places}, '') || ']'`,
  }
}

/** A value as an element of a list's JSON text: numbers and booleans bare, decimals, times and bytes as text. */
function elementText(scope: Scope, value: Printed): string {
  const { type, sql } = value
  if (isDecimal(type)) return `'"' || CAST(${sql} AS STRING) || '"'`
  switch (type) {
    case 'string':
      return `JSON_STRING(${sql})`
    case 'bytes':
      return `JSON_STRING(${sql})`
    case 'timestamp':
      return `'"' || ${timeText(scope, value)} || '"'`
    case 'date':
      return `'"' || CAST(${sql} AS STRING) || '"'`
    case 'boolean':
      return castTo(scope, value, 'string').sql
    default:
      return printType(type) === 'STRING' ? sql : `CAST(${sql} AS STRING)`
  }
}

/**
 * Of the sample, from the distances from the mean: Flink's own variance loses its digits where the mean is great. The mean of equal values may lie
 * beside them by the last digit of a double, so these are told apart.
 */
function variance(root: boolean): AggregatePrinter {
  return ({ scope, value, counted }) => ({
    values: [counted(widened(scope, value, 'double').sql)],
    partials: ([v]) => [listOf(v)],
    passes: [
      (x) => [
        `SUM(${x}) / CAST(COUNT(${x}) AS DOUBLE)`,
        `SUM(${x} * ${DOWN}) / CAST(COUNT(${x}) AS DOUBLE)`,
        `MIN(${x})`,
        `MAX(${x})`,
        `COUNT(${x})`,
      ],
      (x, [, mean, low, least, most]) => [
        `SUM(CASE WHEN ${isSquared(least, most)} THEN POWER(${x} - ${mean}, 2) ELSE POWER(${x} * ${DOWN} - ${low}, 2) END)`,
      ],
    ],
    result: ([, , , least, most, n, total], after) => {
      const scale = `CASE WHEN ${isSquared(least, most)} THEN 1E0 ELSE ${UP} END`
      const spread = `${total} / CAST(${n} - 1 AS DOUBLE) * (${scale}) * (${scale})`
      const even = `CASE WHEN ${n} > 1 AND ${least} = ${most} THEN 0E0 WHEN ${n} > 1 THEN ${spread} END`
      return bind(after, [atom(even, 'double')], (x) => (root ? finiteText(`SQRT(${x})`) : finiteText(x)))
    },
  })
}

function isSquared(least: string, most: string): string {
  return `${least} > -${SQUARED_MAX} AND ${most} < ${SQUARED_MAX}`
}

/** Values up to here have squares that doubles hold; greater ones are scaled down. */
const SQUARED_MAX = '1E150'
const DOWN = '2.4099198651028841E-181'
const UP = '4.149515568880993E180'

/** The value at its place among all in order, exact. */
const quantile: AggregatePrinter = ({ aggregate, scope, value, counted }) => ({
  values: [counted(widened(scope, value, 'double').sql)],
  partials: ([v]) => [listOf(v)],
  result: ([list]) => {
    const share = `CAST('${literalText((aggregate.args ?? [])[1])}' AS DECIMAL(20, 18))`
    return `ARRAY_SORT(${list})[GREATEST(CAST(CEIL(${share} * CARDINALITY(${list})) AS INT), 1)]`
  },
})

const PRINTERS: Readonly<Record<string, AggregatePrinter>> = {
  count,
  count_distinct: countDistinct,
  approx_count_distinct: countDistinct,
  sum,
  avg,
  min: extreme('MIN'),
  max: extreme('MAX'),
  first: placed('MIN'),
  last: placed('MAX'),
  collect,
  variance: variance(false),
  stddev: variance(true),
  quantile,
}

/** One aggregate over a step's rows, whose values are printed in the scope. */
export function printAggregate(aggregate: Aggregate, input: Step, scope: Scope): PrintedAggregate {
  const printer = PRINTERS[aggregate.fn]
  if (printer === undefined) throw unsupported(`aggregate ${aggregate.fn}`, `aggregate \`${aggregate.name}\``)
  const [arg] = aggregate.args ?? []
  const condition = aggregate.where === undefined ? undefined : printExpression(aggregate.where, scope).sql
  return printer({
    aggregate,
    scope,
    input,
    value: arg === undefined ? atom('1', 'int64') : named(scope, printExpression(arg, scope)),
    counted: (sql) => (condition === undefined ? sql : `CASE WHEN ${condition} THEN ${sql} END`),
  })
}

/** Under a name where it is long, as it may be written several times. */
function named(scope: Scope, value: Printed): Printed {
  return atom(
    bind(scope, [value], (text) => text),
    value.type,
  )
}

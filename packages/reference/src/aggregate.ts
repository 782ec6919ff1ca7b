import type { Aggregate, Expr } from '@millrace/core'
import { bugError } from '@millrace/core'
import { type Datum, keyText, settle } from './datum.ts'
import { Decimal, decimalOfDouble } from './decimal.ts'
import { evaluateExpr } from './evaluate-expr.ts'
import { exactSum } from './exact-sum.ts'
import { typeOfExpr } from './expr-type.ts'
import { elementText } from './nested-function.ts'
import { compareDatums } from './order.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

type Known = Exclude<Datum, null>

/**
 * One aggregate over the rows of a group: the rows where `where` is true, and of its argument the values that are not null.
 * Counts of nothing are 0, all else of nothing is null. Nothing depends on the order in which the rows come.
 */
export function aggregate(spec: Aggregate, rows: readonly Row[], types: ReadonlyMap<string, string>): Datum {
  const seen = rows.filter((row) => spec.where === undefined || evaluateExpr(spec.where, { columns: row.columns, types }) === true)
  const [argument] = spec.args ?? []
  if (argument === undefined) return BigInt(seen.length)
  const ordered = ORDERED.includes(spec.fn) ? seen.toSorted((a, b) => compareBy(spec, a, b)) : seen
  const values = ordered.map((row) => evaluateExpr(argument, { columns: row.columns, types })).filter((value) => value !== null)
  return aggregateValues(spec, values, typeOfExpr(argument, types))
}

const ORDERED: readonly string[] = ['first', 'last', 'collect']

function aggregateValues(spec: Aggregate, values: readonly Known[], type: string): Datum {
  switch (spec.fn) {
    case 'count':
      return BigInt(values.length)
    case 'count_distinct':
    case 'approx_count_distinct':
      return countDistinct(values, spec.max)
    case 'sum':
      return sum(values)
    case 'avg':
      return average(values)
    case 'min':
      return values.toSorted(compareDatums).at(0) ?? null
    case 'max':
      return values.toSorted(compareDatums).at(-1) ?? null
    case 'first':
      return values.at(0) ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'collect':
      return collect(values, type, spec.max)
    case 'variance':
      return settle(variance(values), 'double')
    case 'stddev':
      return settle(standardDeviation(values), 'double')
    case 'quantile':
      return quantile(values, spec.args?.[1])
    default:
      throw bugError('reference/unknown-aggregate', `Aggregate \`${spec.fn}\` reached the reference.`, { asked: spec.fn })
  }
}

/** Exact up to `max`; above it, `max`. */
function countDistinct(values: readonly Datum[], max: number | undefined): bigint {
  const distinct = new Set(values.map((value) => keyText([value]))).size
  return BigInt(Math.min(distinct, max ?? distinct))
}

/** Integers and decimals add up exactly, and only the final sum can leave int64 or 38 digits, which makes it null. */
function sum(values: readonly Known[]): Datum {
  const [first] = values
  if (first === undefined) return null
  if (typeof first === 'bigint')
    return settle(
      (values as bigint[]).reduce((total, value) => total + value, 0n),
      'int64',
    )
  if (!(first instanceof Decimal)) return settle(exactSum(values as number[]), 'double')
  const units = (values as Decimal[]).reduce((total, value) => total + value.units, 0n)
  return settle(new Decimal(units, first.scale), `decimal(38,${first.scale})`)
}

/** The sum as a double over the count as a double. */
function average(values: readonly Known[]): Datum {
  const total = sum(values)
  return total === null ? null : settle(numberOf(total) / values.length, 'double')
}

function numberOf(value: Datum): number {
  return Number(String(value))
}

/** The values in order, the first `max` of them. */
function collect(values: readonly Known[], type: string, max: number | undefined): Datum {
  if (values.length === 0) return null
  return `[${values
    .slice(0, max)
    .map((value) => elementText(value, type))
    .join(',')}]`
}

/** The value at the place ceil(q × n) of n values in order, the first for q = 0. */
function quantile(values: readonly Known[], q: Expr | undefined): Datum {
  if (values.length === 0 || q === undefined || !('lit' in q)) return null
  const { units, scale } = decimalOfDouble(Number(q.lit))
  const one = 10n ** BigInt(scale)
  const place = (units * BigInt(values.length) + one - 1n) / one
  return numberOf(values.toSorted(compareDatums)[Math.max(Number(place), 1) - 1])
}

/** Of the sample: the squared distances from the mean over one less than the count; null of fewer than two values. */
function variance(values: readonly Known[]): Datum {
  if (values.length < 2) return null
  const numbers = values.map(numberOf)
  // The mean of equal values may lie beside them by the last digit of a double.
  if (numbers.every((value) => value === numbers[0])) return 0
  const sum = exactSum(numbers)
  const mean = Number.isFinite(sum) ? sum / numbers.length : exactSum(numbers.map((value) => value / numbers.length))
  return exactSum(numbers.map((value) => (value - mean) ** 2)) / (numbers.length - 1)
}

function standardDeviation(values: readonly Known[]): Datum {
  const squared = variance(values)
  return squared === null ? null : Math.sqrt(squared as number)
}

/** By `order_by`, then in the one order of rows. */
function compareBy(spec: Aggregate, a: Row, b: Row): number {
  for (const [name, direction] of spec.order_by ?? []) {
    const order = compareDatums(a.columns.get(name) as Datum, b.columns.get(name) as Datum)
    if (order !== 0) return direction === 'asc' ? order : -order
  }
  return compareRows(a, b)
}

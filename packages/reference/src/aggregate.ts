import type { Aggregate } from '@millrace/core'
import { bugError } from '@millrace/core'
import { type Datum, keyText, settle } from './datum.ts'
import { evaluateExpr } from './evaluate-expr.ts'
import { exactSum } from './exact-sum.ts'
import { compareDatums } from './order.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

/**
 * One aggregate over the rows of a group: the rows where `where` is true, and of its argument the values that are not null.
 * Counts of nothing are 0, all else of nothing is null. Nothing depends on the order in which the rows come.
 */
export function aggregate(spec: Aggregate, rows: readonly Row[], types: ReadonlyMap<string, string>): Datum {
  const seen = rows.filter((row) => spec.where === undefined || evaluateExpr(spec.where, { columns: row.columns, types }) === true)
  const [argument] = spec.args ?? []
  if (argument === undefined) return BigInt(seen.length)
  const ordered = spec.fn === 'first' || spec.fn === 'last' ? seen.toSorted((a, b) => compareBy(spec, a, b)) : seen
  const values = ordered.map((row) => evaluateExpr(argument, { columns: row.columns, types })).filter((value) => value !== null)
  return settle(aggregateValues(spec, values))
}

function aggregateValues(spec: Aggregate, values: readonly Exclude<Datum, null>[]): Datum {
  switch (spec.fn) {
    case 'count':
      return BigInt(values.length)
    case 'count_distinct':
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
    case 'variance':
      return variance(values)
    case 'stddev':
      return standardDeviation(values)
    default:
      throw bugError('reference/unknown-aggregate', `Aggregate \`${spec.fn}\` reached the reference.`, { asked: spec.fn })
  }
}

/** Exact up to `max`; above it, `max`. */
function countDistinct(values: readonly Datum[], max: number | undefined): bigint {
  const distinct = new Set(values.map((value) => keyText([value]))).size
  return BigInt(Math.min(distinct, max ?? distinct))
}

/** Integers add up exactly, and only the final sum can leave int64, which makes it null. */
function sum(values: readonly Datum[]): Datum {
  if (values.length === 0) return null
  if (typeof values[0] === 'bigint') return settle((values as bigint[]).reduce((total, value) => total + value, 0n))
  return exactSum(values as number[])
}

/** The sum as a double over the count as a double. */
function average(values: readonly Datum[]): Datum {
  const total = sum(values)
  return total === null ? null : Number(total) / values.length
}

/** Of the sample: the squared distances from the mean over one less than the count; null of fewer than two values. */
function variance(values: readonly Datum[]): Datum {
  if (values.length < 2) return null
  const numbers = values.map(Number)
  const mean = exactSum(numbers) / numbers.length
  return exactSum(numbers.map((value) => (value - mean) ** 2)) / (numbers.length - 1)
}

function standardDeviation(values: readonly Datum[]): Datum {
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

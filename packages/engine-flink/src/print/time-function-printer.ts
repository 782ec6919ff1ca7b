import type { Expr } from '@millrace/core'
import { bugError } from '@millrace/core'
import type { FunctionPrinter } from './function-printer.ts'
import { atom, bind, compound, type Printed, type Scope, widened } from './printed.ts'
import { DAY_MS, dateAt, dayOf, daysOf, floorModulo, msOf, timeAt, timeWithin } from './time-range.ts'

const UNIT_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS }
/** Monday 1970-01-05. */
const FIRST_MONDAY = 4 * DAY_MS

function unitOf(expr: Expr): string {
  if ('lit' in expr && expr.lit !== null) return expr.lit
  throw bugError('engine/unit-not-literal', 'A time unit is not a literal, although the plan was checked.', { asked: expr })
}

function named(sql: string): Printed {
  return compound(sql, 'int64')
}

/** Of times before 1970 that are not whole days Flink gives the fields of the day after: calendar functions get the day alone. */
const truncate: FunctionPrinter = ([time], { exprs, scope }) => {
  const unit = unitOf(exprs[1])
  if (unit === 'month' || unit === 'year')
    return atom(
      bind(scope, [time], (t) => timeAt(`${daysOf(firstDay(dayOf(t), unit))} * CAST(${DAY_MS} AS BIGINT)`)),
      'timestamp',
    )
  return atom(
    bind(scope, [named(msOf(scope, time))], (ms) => timeAt(truncatedMs(ms, unit))),
    'timestamp',
  )
}

function truncatedMs(ms: string, unit: string): string {
  return `(${ms} - ${floorModulo(unit === 'week' ? `${ms} - ${FIRST_MONDAY}` : ms, UNIT_MS[unit])})`
}

/** The first day of the month or year of a DATE. */
function firstDay(date: string, unit: string): string {
  const day = unit === 'month' ? 'DAYOFMONTH' : 'DAYOFYEAR'
  return dateAt(`${daysOf(date)} - ${day}(${date}) + 1`)
}

const extract: FunctionPrinter = ([time], { exprs, scope }) => {
  const unit = unitOf(exprs[1])
  const ofDay = (size: number, turn: number): string =>
    bind(scope, [named(msOf(scope, time))], (ms) => `(${floorModulo(ms, turn)} / ${size})`)
  const sql =
    unit === 'second' || unit === 'minute' || unit === 'hour'
      ? ofDay(UNIT_MS[unit], unit === 'hour' ? DAY_MS : UNIT_MS[unit] * 60)
      : `EXTRACT(${unit.toUpperCase()} FROM ${dayOf(time.sql)})`
  return atom(`CAST(${sql} AS BIGINT)`, 'int64')
}

/** Whole units towards zero. A month or year is whole when adding it, clamped to the month's last day, does not pass the later time. */
const diff: FunctionPrinter = ([, from, to], { exprs, scope }) => {
  const unit = unitOf(exprs[0])
  const [first, last] = [named(msOf(scope, from)), named(msOf(scope, to))]
  const size = UNIT_MS[unit]
  if (size !== undefined)
    return atom(
      bind(scope, [first, last], (a, b) => `((${b} - ${a}) / ${size})`),
      'int64',
    )
  const months = bind(scope, [first, last], (a, b) => {
    const [low, high] = [named(`LEAST(${a}, ${b})`), named(`GREATEST(${a}, ${b})`)]
    return bind(scope, [low, high], (l, h) => `${wholeMonths(scope, l, h)} * CASE WHEN ${b} < ${a} THEN -1 ELSE 1 END`)
  })
  const whole = unit === 'month' ? months : `(${months}) / 12`
  return atom(`CAST(${whole} AS BIGINT)`, 'int64')
}

function wholeMonths(scope: Scope, from: string, to: string): string {
  const month = (ms: string): string => `(YEAR(${dayAt(ms)}) * 12 + MONTH(${dayAt(ms)}))`
  return bind(scope, [named(`${month(to)} - ${month(from)}`)], (n) => {
    const passed = `${monthsLater(from, n)} > ${to}`
    return `(CASE WHEN ${passed} THEN ${n} - 1 ELSE ${n} END)`
  })
}

function dayAt(ms: string): string {
  return dateAt(`(${ms} - ${floorModulo(ms, DAY_MS)}) / ${DAY_MS}`)
}

/** Epoch ms so many months later, at most at the last day of the month. */
function monthsLater(ms: string, months: string): string {
  return `(${daysOf(`TIMESTAMPADD(MONTH, CAST(${months} AS INT), ${dayAt(ms)})`)} * CAST(${DAY_MS} AS BIGINT) + ${floorModulo(ms, DAY_MS)})`
}

/** More months than lie between the years 1 and 9999. */
const MONTHS_MAX = 120_000

const add: FunctionPrinter = ([time, count], { exprs, scope }) => {
  const unit = unitOf(exprs[2])
  const size = UNIT_MS[unit]
  const months = unit === 'year' ? 12 : 1
  const most = MONTHS_MAX / months
  const ms = named(msOf(scope, time))
  const later = bind(scope, [ms, widened(scope, count, 'int64')], (t, n) =>
    size !== undefined
      ? `${t} + CAST(${n} AS DECIMAL(20, 0)) * ${size}`
      : `CASE WHEN ${n} BETWEEN -${most} AND ${most} THEN ${monthsLater(t, `${n} * ${months}`)} END`,
  )
  return atom(timeWithin(scope, later), 'timestamp')
}

export const TIME_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  time_truncate: truncate,
  time_extract: extract,
  time_diff: diff,
  time_add: add,
}

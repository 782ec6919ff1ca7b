import { bugError, type Expr } from '@millrace/core'
import type { FunctionPrinter } from './function-printer.ts'
import { atom, bind, type Printed, widened } from './printed.ts'
import { timeWithin } from './time-range.ts'

const UNIT_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/** A UTC wall-clock TIMESTAMP of a TIMESTAMPTZ: calendar functions on it are proleptic Gregorian and know no zone. */
export function wallClock(time: Printed): string {
  return `make_timestamp(epoch_us(${time.sql}))`
}

function unitOf(expr: Expr): string {
  if ('lit' in expr && expr.lit !== null) return expr.lit
  throw bugError('engine/unit-not-literal', 'A time unit is not a literal, although the plan was checked.', { asked: expr })
}

const truncate: FunctionPrinter = ([time], exprs) =>
  atom(`make_timestamptz(epoch_us(date_trunc('${unitOf(exprs[1])}', ${wallClock(time)})))`, 'timestamp')

const extract: FunctionPrinter = ([time], exprs) => atom(`date_part('${unitOf(exprs[1])}', ${wallClock(time)})`, 'int64')

/** Whole units towards zero. A month or year is whole when adding it, clamped to the month's last day, does not pass the later time. */
const diff: FunctionPrinter = ([, from, to], exprs) => {
  const unit = unitOf(exprs[0])
  const ms = UNIT_MS[unit]
  if (ms === undefined) return atom(`datesub('${unit}', ${wallClock(from)}, ${wallClock(to)})`, 'int64')
  return atom(`((epoch_ms(${to.sql}) - epoch_ms(${from.sql})) // ${ms})`, 'int64')
}

/** More months than lie between the years 1 and 9999. */
const MONTHS_MAX = 120_000

/** DuckDB adds months as we do: at most to the last day of the month. */
const add: FunctionPrinter = ([time, count], exprs) => {
  const unit = unitOf(exprs[2])
  const ms = UNIT_MS[unit]
  const months = unit === 'year' ? 12 : 1
  const later = (t: string, n: string): string =>
    ms !== undefined
      ? `TRY(epoch_ms(${t}) + ${n} * ${ms})`
      : `CASE WHEN ${n} BETWEEN -${MONTHS_MAX / months} AND ${MONTHS_MAX / months} THEN epoch_ms(${wallClock(atom(t, 'timestamp'))} + to_months((${n} * ${months})::INTEGER)) END`
  return atom(
    bind([time, widened(count, 'int64')], (t, n) => timeWithin(later(t, n))),
    'timestamp',
  )
}

export const TIME_PRINTERS: Readonly<Record<string, FunctionPrinter>> = {
  time_truncate: truncate,
  time_extract: extract,
  time_diff: diff,
  time_add: add,
}

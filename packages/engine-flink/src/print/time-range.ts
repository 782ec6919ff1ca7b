import { WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import { atom, bind, type Printed, type Scope } from './printed.ts'

export const DAY_MS = 86_400_000

/** Epoch ms of a time. Flink gives whole seconds and the rest, both cut off towards zero. */
export function msOf(scope: Scope, time: Printed): string {
  return bind(scope, [time], (t) => `(EXTRACT(EPOCH FROM ${t}) * 1000 + EXTRACT(MILLISECOND FROM ${t}))`)
}

/** The time at so many epoch ms. */
export function timeAt(ms: string): string {
  return `TO_TIMESTAMP_LTZ(${ms}, 3)`
}

/** The same of a bound of a window, which may lie beyond the years 1 to 9999: a bare time is null there. */
export function boundAt(ms: string): string {
  return `${timeAt('CAST(0 AS BIGINT)')} + (${ms}) * INTERVAL '0.001' SECOND`
}

/** The time at so many epoch ms, an exact number, where they lie within the years 1 to 9999. */
export function timeWithin(scope: Scope, ms: string): string {
  return bind(
    scope,
    [atom(ms, 'int64')],
    (x) => `CASE WHEN ${x} BETWEEN ${WATERMARK_FLOOR} AND ${WATERMARK_END} THEN ${timeAt(`CAST(${x} AS BIGINT)`)} END`,
  )
}

/** The remainder that is never negative, of whole numbers that may be repeated. */
export function floorModulo(ms: string, modulus: number): string {
  return `MOD(MOD(${ms}, ${modulus}) + ${modulus}, ${modulus})`
}

/** The day that a time lies in, as DATE. */
export function dayOf(time: string): string {
  return `CAST(${time} AS DATE)`
}

/** Days since 1970-01-01 of a DATE. */
export function daysOf(date: string): string {
  return `TIMESTAMPDIFF(DAY, DATE '1970-01-01', ${date})`
}

/** The DATE so many days after 1970-01-01. */
export function dateAt(days: string): string {
  return `TIMESTAMPADD(DAY, CAST(${days} AS INT), DATE '1970-01-01')`
}

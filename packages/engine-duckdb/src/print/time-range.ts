import { atom, bind } from './printed.ts'

/** Times between the years 1 and 9999, in epoch ms. */
const TIME_MIN = '-62135596800000'
const TIME_MAX = '253402300799999'

/** The time at so many epoch ms, where they lie within the years 1 to 9999. */
export function timeWithin(ms: string): string {
  return bind([atom(ms, 'int64')], (x) => `CASE WHEN ${x} BETWEEN ${TIME_MIN} AND ${TIME_MAX} THEN make_timestamptz(TRY(${x} * 1000)) END`)
}

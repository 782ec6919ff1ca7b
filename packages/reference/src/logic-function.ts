import type { Datum } from './datum.ts'
import { compareDatums } from './order.ts'

/** A truth value of three-valued logic; null is unknown. */
export type Truth = boolean | null

/** False if any is false, else unknown if any is unknown, else true. */
export function and(values: readonly Datum[]): Truth {
  if (values.includes(false)) return false
  return values.includes(null) ? null : true
}

/** True if any is true, else unknown if any is unknown, else false. */
export function or(values: readonly Datum[]): Truth {
  if (values.includes(true)) return true
  return values.includes(null) ? null : false
}

/** Compares two values by the one order; unknown where either is null. */
export function comparison(accepts: (order: number) => boolean): (a: Datum, b: Datum) => Truth {
  return (a, b) => (a === null || b === null ? null : accepts(compareDatums(a, b)))
}

const equal = comparison((order) => order === 0)
const least = comparison((order) => order >= 0)
const most = comparison((order) => order <= 0)

/** `x` equals the first value, or the second, … */
export function isIn([x, ...values]: readonly Datum[]): Truth {
  return or(values.map((value) => equal(x, value)))
}

/** `x` is at least `low` and at most `high`. */
export function between([x, low, high]: readonly Datum[]): Truth {
  return and([least(x, low), most(x, high)])
}

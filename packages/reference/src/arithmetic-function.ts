import type { Datum } from './datum.ts'

type Operation = (a: Datum, b: Datum) => Datum

/** Two integers compute as integers, any double makes both doubles. */
function arithmetic(integers: (a: bigint, b: bigint) => bigint, doubles: (a: number, b: number) => number): Operation {
  return (a, b) => (typeof a === 'bigint' && typeof b === 'bigint' ? integers(a, b) : doubles(Number(a), Number(b)))
}

export const add = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
)
export const subtract = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
)
export const multiply = arithmetic(
  (a, b) => a * b,
  (a, b) => a * b,
)

/** Always double; null where the divisor is zero. */
export function divide(a: Datum, b: Datum): Datum {
  return Number(b) === 0 ? null : Number(a) / Number(b)
}

/** Integers only: the quotient towards zero; null where the divisor is zero. */
export function quotient(a: Datum, b: Datum): Datum {
  return b === 0n ? null : (a as bigint) / (b as bigint)
}

/** Integers only: the remainder with the dividend's sign; null where the divisor is zero. */
export function modulo(a: Datum, b: Datum): Datum {
  return b === 0n ? null : (a as bigint) % (b as bigint)
}

export function negate(a: Datum): Datum {
  return typeof a === 'bigint' ? -a : -(a as number)
}

export function absolute(a: Datum): Datum {
  if (typeof a === 'bigint') return a < 0n ? -a : a
  return Math.abs(a as number)
}

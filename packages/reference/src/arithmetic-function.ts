import type { Datum } from './datum.ts'
import { settle, widen } from './datum.ts'
import { Decimal, isDecimalType, roundedQuotient } from './decimal.ts'

type Operation = (a: Datum, b: Datum, type: string) => Datum

/** Operands of a sum meet in the result's type, those of a product keep their digits; the result's type says how they compute. */
function arithmetic(
  units: (a: bigint, b: bigint) => bigint,
  doubles: (a: number, b: number) => number,
  decimals: (a: Datum, b: Datum, type: string) => Datum,
): Operation {
  return (a, b, type) => {
    if (isDecimalType(type)) return decimals(a, b, type)
    return type === 'double' ? doubles(Number(String(a)), Number(String(b))) : units(a as bigint, b as bigint)
  }
}

export const add = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
  (a, b, type) => inType(a, b, type, (x, y) => x + y),
)
export const subtract = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
  (a, b, type) => inType(a, b, type, (x, y) => x - y),
)
export const multiply = arithmetic(
  (a, b) => a * b,
  (a, b) => a * b,
  (a, b) => {
    const [x, y] = [exact(a), exact(b)]
    return new Decimal(x.units * y.units, x.scale + y.scale)
  },
)

/** Null where an operand alone leaves the type. */
function inType(a: Datum, b: Datum, type: string, units: (a: bigint, b: bigint) => bigint): Datum {
  const [x, y] = [a, b].map((datum) => settle(widen(datum, type), type))
  return x === null || y === null ? null : new Decimal(units((x as Decimal).units, (y as Decimal).units), (x as Decimal).scale)
}

function exact(datum: Datum): Decimal {
  return datum instanceof Decimal ? datum : new Decimal(datum as bigint, 0)
}

/** Always double; null where the divisor is zero. */
export function divide(a: Datum, b: Datum): Datum {
  const [x, y] = [Number(String(a)), Number(String(b))]
  return y === 0 ? null : x / y
}

/** Of decimals or integers, exact and then rounded half away from zero; null where the divisor is zero. */
export function divideExactly(a: Datum, b: Datum, scale: number): Datum {
  const [x, y] = [exact(a), exact(b)]
  if (y.units === 0n) return null
  const shift = scale + y.scale - x.scale
  const [units, by] = shift >= 0 ? [x.units * 10n ** BigInt(shift), y.units] : [x.units, y.units * 10n ** BigInt(-shift)]
  return new Decimal(roundedQuotient(units, by), scale)
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
  if (a instanceof Decimal) return new Decimal(-a.units, a.scale)
  return typeof a === 'bigint' ? -a : -(a as number)
}

export function absolute(a: Datum): Datum {
  if (a instanceof Decimal) return a.units < 0n ? negate(a) : a
  if (typeof a === 'bigint') return a < 0n ? -a : a
  return Math.abs(a as number)
}

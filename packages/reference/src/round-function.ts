import type { Datum } from './datum.ts'
import { Decimal, decimalOfDouble } from './decimal.ts'

/** More digits in front of or behind the point than any number has. */
const DIGITS_MAX = 400n

/** To so many digits behind the point, in front of it where negative, half away from zero; of a double its shortest decimal is rounded. */
export function round(x: Datum, digits: bigint): Datum {
  const places = Number(digits > DIGITS_MAX ? DIGITS_MAX : digits < -DIGITS_MAX ? -DIGITS_MAX : digits)
  if (typeof x === 'bigint') return roundTo(new Decimal(x, 0), places).units
  if (x instanceof Decimal) return roundTo(x, places)
  return Number(String(roundTo(decimalOfDouble(x as number), places)))
}

/** With the same scale as before. */
function roundTo(x: Decimal, places: number): Decimal {
  if (places >= x.scale) return x
  if (places >= 0) return x.toScale(places).toScale(x.scale)
  const tens = new Decimal(x.units, x.scale - places).toScale(0)
  return new Decimal(tens.units * 10n ** BigInt(-places), 0).toScale(x.scale)
}

/** The greatest whole number that is not above. */
export function floor(x: Datum): Datum {
  if (typeof x === 'bigint') return x
  if (!(x instanceof Decimal)) return Math.floor(x as number)
  const one = 10n ** BigInt(x.scale)
  const rest = ((x.units % one) + one) % one
  return new Decimal(x.units - rest, x.scale)
}

/** The least whole number that is not below. */
export function ceil(x: Datum): Datum {
  if (typeof x === 'bigint') return x
  if (!(x instanceof Decimal)) return Math.ceil(x as number)
  const up = floor(new Decimal(-x.units, x.scale)) as Decimal
  return new Decimal(-up.units, x.scale)
}

import { decimalText, divideRounded, readDecimal, rescale } from '@millrace/columnar'

/** Decimals travel through kernels as whole numbers of units of their last digit. */
export function decimalUnits(text: string): bigint {
  return BigInt(text.replace('.', ''))
}

/** `units × 10^by`; what a negative `by` takes away is rounded half away from zero. */
export function shiftUnits(units: bigint, by: number): bigint {
  return by >= 0 ? units * 10n ** BigInt(by) : divideRounded(units, 10n ** BigInt(-by))
}

export function decimalDouble(units: bigint, scale: number): number {
  return Number(decimalText(units, scale))
}

/** Units at the scale of what the text says, rounded; undefined where it is no decimal number. */
export function unitsOfText(text: string, scale: number): bigint | undefined {
  const read = readDecimal(text)
  return read === undefined ? undefined : rescale(read, scale)
}

/** Units at the scale of the shortest decimal that reads back as the double, rounded. */
export function unitsOfDouble(value: number, scale: number): bigint {
  const [mantissa, exponent = '0'] = String(value).split('e')
  const read = readDecimal(mantissa) as { digits: bigint; scale: number }
  return shiftUnits(read.digits, Number(exponent) - read.scale + scale)
}

/** To `places` behind the point, in front of it where negative, half away from zero. */
export function roundUnits(units: bigint, scale: number, places: number | bigint): bigint {
  if (places >= scale) return units
  const cut = scale - Math.max(Number(places), -PLACES_MAX)
  const one = 10n ** BigInt(cut)
  return divideRounded(units, one) * one
}

/** No decimal and no int64 has more places in front of the point. */
const PLACES_MAX = 40

/** The greatest whole number of units of one that is not above. */
export function floorUnits(units: bigint, scale: number): bigint {
  const one = 10n ** BigInt(scale)
  const rest = units % one
  return rest < 0n ? units - rest - one : units - rest
}

export function ceilUnits(units: bigint, scale: number): bigint {
  return -floorUnits(-units, scale)
}

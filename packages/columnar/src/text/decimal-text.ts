/** Digits of a decimal, and how many of them stand behind the point. */
export interface DecimalType {
  readonly precision: number
  readonly scale: number
}

/** The decimals that hold every integer of these types. */
const WHOLE: Readonly<Record<string, string>> = { int32: 'decimal(10,0)', int64: 'decimal(19,0)' }

/** Digits and scale of a decimal type's text; integers are the decimals that hold them. */
export function decimalType(type: string): DecimalType {
  const [precision, scale] = (WHOLE[type] ?? type).slice('decimal('.length, -1).split(',').map(Number)
  return { precision, scale }
}

const DECIMAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/** A decimal as a whole number of units of its last digit: 12.30 is 1230 at scale 2. */
export interface Unscaled {
  readonly digits: bigint
  readonly scale: number
}

/** Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, or undefined. */
export function readDecimal(text: string): Unscaled | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign, whole, fraction = ''] = match
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, scale: fraction.length }
}

/** The units at another scale; what a smaller scale cannot hold is rounded half away from zero. */
export function rescale({ digits, scale }: Unscaled, to: number): bigint {
  if (to >= scale) return digits * 10n ** BigInt(to - scale)
  return divideRounded(digits, 10n ** BigInt(scale - to))
}

/** The quotient rounded half away from zero. */
export function divideRounded(a: bigint, b: bigint): bigint {
  const quotient = a / b
  const rest = a % b
  const twice = rest < 0n ? -2n * rest : 2n * rest
  if (twice < (b < 0n ? -b : b)) return quotient
  return a < 0n === b < 0n ? quotient + 1n : quotient - 1n
}

/** Whether the units fit into the type's digits. */
export function fitsDigits(digits: bigint, { precision }: DecimalType): boolean {
  const limit = 10n ** BigInt(precision)
  return digits < limit && digits > -limit
}

/** The one text of a decimal: as many digits behind the point as its scale, no `-0`. */
export function decimalText(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const sign = digits < 0n ? '-' : ''
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

/** The text as one of the type, rounded half away from zero; undefined where it is no number or does not fit. */
export function decimalFromText(text: string, type: string): string | undefined {
  const read = readDecimal(text)
  if (read === undefined) return undefined
  const to = decimalType(type)
  const digits = rescale(read, to.scale)
  return fitsDigits(digits, to) ? decimalText(digits, to.scale) : undefined
}

/** As `decimalFromText`, and undefined where digits other than zero would be lost. */
export function exactDecimalFromText(text: string, type: string): string | undefined {
  const read = readDecimal(text)
  if (read === undefined) return undefined
  const to = decimalType(type)
  const digits = rescale(read, to.scale)
  const isExact = read.scale <= to.scale || digits * 10n ** BigInt(read.scale - to.scale) === read.digits
  return isExact && fitsDigits(digits, to) ? decimalText(digits, to.scale) : undefined
}

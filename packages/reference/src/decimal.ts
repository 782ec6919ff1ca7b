/** A decimal number: `units` of its last digit, of which `scale` stand behind the point; 12.30 is 1230 at scale 2. */
export class Decimal {
  readonly units: bigint
  readonly scale: number

  constructor(units: bigint, scale: number) {
    this.units = units
    this.scale = scale
  }

  /** As many digits behind the point as the scale says. */
  toString(): string {
    const digits = String(this.units < 0n ? -this.units : this.units).padStart(this.scale + 1, '0')
    const whole = digits.slice(0, digits.length - this.scale)
    const fraction = this.scale === 0 ? '' : `.${digits.slice(digits.length - this.scale)}`
    return `${this.units < 0n ? '-' : ''}${whole}${fraction}`
  }

  /** The number with another scale; digits that go are rounded half away from zero. */
  toScale(scale: number): Decimal {
    if (scale >= this.scale) return new Decimal(this.units * 10n ** BigInt(scale - this.scale), scale)
    return new Decimal(roundedQuotient(this.units, 10n ** BigInt(this.scale - scale)), scale)
  }
}

/** `a / b` as the nearest integer, halves away from zero. */
export function roundedQuotient(a: bigint, b: bigint): bigint {
  const magnitude = (value: bigint) => (value < 0n ? -value : value)
  const rounded = (magnitude(a) * 2n + magnitude(b)) / (magnitude(b) * 2n)
  return a < 0n === b < 0n ? rounded : -rounded
}

/** Of `-?(0|[1-9][0-9]*)(\.[0-9]+)?`; undefined for other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(-?(?:0|[1-9][0-9]*))(?:\.([0-9]+))?$/.exec(text)
  if (match === null) return undefined
  const [, whole, fraction = ''] = match
  return new Decimal(BigInt(whole.replace('-', '') + fraction) * (whole.startsWith('-') ? -1n : 1n), fraction.length)
}

/** The shortest decimal that reads back as the double, all of its digits. */
export function decimalOfDouble(value: number): Decimal {
  const [mantissa, exponent = '0'] = String(value).split('e')
  const { units, scale } = parseDecimal(mantissa) as Decimal
  const shift = Number(exponent) - scale
  return shift < 0 ? new Decimal(units, -shift) : new Decimal(units * 10n ** BigInt(shift), 0)
}

export interface DecimalType {
  readonly precision: number
  readonly scale: number
}

/** Of `decimal(p,s)`, or the decimal that holds every value of an integer type. */
export function decimalType(type: string): DecimalType {
  if (type === 'int32') return { precision: 10, scale: 0 }
  if (type === 'int64') return { precision: 19, scale: 0 }
  const [precision, scale] = type.slice('decimal('.length, -1).split(',').map(Number)
  return { precision, scale }
}

export function isDecimalType(type: string): boolean {
  return type.startsWith('decimal(')
}

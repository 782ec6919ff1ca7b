import { type DecimalType, decimalType } from '@millrace/columnar'

/** Most digits of a decimal. */
export const DECIMAL_DIGITS_MAX = 38

export function isDecimal(type: string): boolean {
  return type.startsWith('decimal(')
}

export function decimalTypeText({ precision, scale }: DecimalType): string {
  return `decimal(${precision},${scale})`
}

/** The decimal that holds the values of both, decimals or integers, or undefined where that takes more than 38 digits. */
export function commonDecimal(a: string, b: string): string | undefined {
  const [left, right] = [decimalType(a), decimalType(b)]
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale
  return precision > DECIMAL_DIGITS_MAX ? undefined : decimalTypeText({ precision, scale })
}

/** Of `a + b` and `a − b`: one digit more in front of the point, 38 at most. */
export function sumDecimal(a: string, b: string): string {
  const [left, right] = [decimalType(a), decimalType(b)]
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale + 1
  return decimalTypeText({ precision: Math.min(precision, DECIMAL_DIGITS_MAX), scale })
}

/** Of `a × b`: all digits of both, 38 at most; undefined where those behind the point alone are more. */
export function productDecimal(a: string, b: string): string | undefined {
  const [left, right] = [decimalType(a), decimalType(b)]
  const scale = left.scale + right.scale
  if (scale > DECIMAL_DIGITS_MAX) return undefined
  return decimalTypeText({ precision: Math.min(left.precision + right.precision, DECIMAL_DIGITS_MAX), scale })
}

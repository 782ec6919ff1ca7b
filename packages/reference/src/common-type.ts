import { decimalType, isDecimalType } from './decimal.ts'

const WIDTH: readonly string[] = ['int32', 'int64', 'double']

/**
 * The wider of two numeric types (int32 < int64 < double); beside a decimal an integer or decimal gives the decimal that holds both,
 * a double gives double. Other types have only themselves in common.
 */
export function commonType(a: string, b: string): string {
  if (a === b) return a
  if (isDecimalType(a) || isDecimalType(b)) return a === 'double' || b === 'double' ? 'double' : commonDecimal(a, b)
  return WIDTH.indexOf(a) >= WIDTH.indexOf(b) ? a : b
}

function commonDecimal(a: string, b: string): string {
  const { whole, scale } = wholeAndScale(a, b)
  return `decimal(${whole + scale},${scale})`
}

/** Digits in front of and behind the point that values of both types need. */
export function wholeAndScale(a: string, b: string): { readonly whole: number; readonly scale: number } {
  const [left, right] = [decimalType(a), decimalType(b)]
  return {
    whole: Math.max(left.precision - left.scale, right.precision - right.scale),
    scale: Math.max(left.scale, right.scale),
  }
}

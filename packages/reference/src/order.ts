import type { Datum } from './datum.ts'
import { Decimal } from './decimal.ts'

/**
 * The one order of values: null is the least, false comes before true, numbers go by size (beside a double all are doubles), text by its
 * UTF-8 bytes, bytes one by one. Negative, zero or positive as `a` is before, equal to or after `b`.
 */
export function compareDatums(a: Datum, b: Datum): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  const [left, right] = comparable(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

type Comparable = boolean | number | bigint

function comparable(a: Exclude<Datum, null>, b: Exclude<Datum, null>): readonly [Comparable, Comparable] {
  const isExact = (value: Datum) => typeof value === 'bigint' || value instanceof Decimal
  if (isExact(a) && isExact(b)) {
    const [left, right] = [decimalOf(a as bigint | Decimal), decimalOf(b as bigint | Decimal)]
    const scale = Math.max(left.scale, right.scale)
    return [left.toScale(scale).units, right.toScale(scale).units]
  }
  return typeof a === typeof b ? [a as Comparable, b as Comparable] : [Number(String(a)), Number(String(b))]
}

function decimalOf(value: bigint | Decimal): Decimal {
  return value instanceof Decimal ? value : new Decimal(value, 0)
}

/** Compares lists column by column from the left. */
export function compareLists(a: readonly Datum[], b: readonly Datum[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareDatums(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}

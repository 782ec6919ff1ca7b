import type { Datum } from './datum.ts'

/**
 * The one order of values: null is the least, false comes before true, numbers go by size (an integer meets a double as a
 * double), text by its UTF-8 bytes, bytes one by one. Negative, zero or positive as `a` is before, equal to or after `b`.
 */
export function compareDatums(a: Datum, b: Datum): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  const [left, right] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Compares lists column by column from the left. */
export function compareLists(a: readonly Datum[], b: readonly Datum[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareDatums(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}

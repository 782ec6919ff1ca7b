import type { Value } from '@millrace/core'

/**
 * A value inside the reference. Integers of every width are bigints, doubles are numbers, timestamps are epoch milliseconds
 * and dates are days since 1970-01-01, both numbers; the type of an expression tells which.
 */
export type Datum = null | boolean | bigint | number | string | Uint8Array

export function isIntegerType(type: string): boolean {
  return type === 'int32' || type === 'int64'
}

/** A port value of the given type as the reference holds it. */
export function datumOf(value: Value, type: string): Datum {
  if (value !== null && isIntegerType(type)) return BigInt(value as number | bigint)
  return value
}

/** A datum as the port carries it: an integer is a number when a double holds it, else a bigint. */
export function valueOf(datum: Datum): Value {
  if (typeof datum !== 'bigint') return datum
  return Number.isSafeInteger(Number(datum)) ? Number(datum) : datum
}

/** The value in the wider type: an integer where a double is asked becomes a double. */
export function widen(datum: Datum, type: string): Datum {
  return typeof datum === 'bigint' && type === 'double' ? Number(datum) : datum
}

/**
 * What every expression and aggregate gives in the end: an integer that leaves int64 is null, NaN and the infinities are null,
 * and −0 is 0.
 */
export function settle(datum: Datum): Datum {
  if (typeof datum === 'bigint') return BigInt.asIntN(64, datum) === datum ? datum : null
  if (typeof datum === 'number') return Number.isFinite(datum) ? datum + 0 : null
  return datum
}

/** A text that is equal for equal keys and different for different ones; null equals null. */
export function keyText(datums: readonly Datum[]): string {
  return JSON.stringify(
    datums.map((datum) => {
      if (typeof datum === 'bigint') return ['integer', String(datum)]
      return datum instanceof Uint8Array ? ['bytes', ...datum] : datum
    }),
  )
}

import type { Value } from '@millrace/core'
import { Decimal, decimalType, isDecimalType, parseDecimal } from './decimal.ts'

/**
 * A value inside the reference. Integers of every width are bigints, doubles are numbers, timestamps are epoch milliseconds
 * and dates are days since 1970-01-01, both numbers; json, lists and structs are their canonical JSON text. The type of an expression
 * tells which.
 */
export type Datum = null | boolean | bigint | number | string | Uint8Array | Decimal

export function isIntegerType(type: string): boolean {
  return type === 'int32' || type === 'int64'
}

/** A port value of the given type as the reference holds it. */
export function datumOf(value: Value, type: string): Datum {
  if (value === null) return null
  if (isIntegerType(type)) return BigInt(value as number | bigint)
  return isDecimalType(type) ? (parseDecimal(value as string) as Decimal) : value
}

/** A datum as the port carries it: an integer is a number when a double holds it, else a bigint; a decimal is its text. */
export function valueOf(datum: Datum): Value {
  if (datum instanceof Decimal) return String(datum)
  if (typeof datum !== 'bigint') return datum
  return Number.isSafeInteger(Number(datum)) ? Number(datum) : datum
}

/** The value in the wider type: integers and decimals where a double or a longer decimal is asked. */
export function widen(datum: Datum, type: string): Datum {
  if (type === 'double') return typeof datum === 'bigint' || datum instanceof Decimal ? Number(String(datum)) : datum
  if (!isDecimalType(type)) return datum
  if (typeof datum === 'bigint') return new Decimal(datum, 0).toScale(decimalType(type).scale)
  return datum instanceof Decimal ? datum.toScale(decimalType(type).scale) : datum
}

/**
 * What every expression and aggregate gives in the end: an integer that leaves int64, or a decimal its digits, is null, NaN and the
 * infinities are null, and −0 is 0.
 */
export function settle(datum: Datum, type: string): Datum {
  if (typeof datum === 'bigint') return BigInt.asIntN(64, datum) === datum ? datum : null
  if (typeof datum === 'number') return Number.isFinite(datum) ? datum + 0 : null
  if (!(datum instanceof Decimal)) return datum
  const limit = 10n ** BigInt(decimalType(type).precision)
  return datum.units < limit && datum.units > -limit ? datum : null
}

/** A text that is equal for equal keys and different for different ones; null equals null. */
export function keyText(datums: readonly Datum[]): string {
  return JSON.stringify(
    datums.map((datum) => {
      if (typeof datum === 'bigint') return ['integer', String(datum)]
      if (datum instanceof Decimal) return ['decimal', String(datum)]
      return datum instanceof Uint8Array ? ['bytes', ...datum] : datum
    }),
  )
}

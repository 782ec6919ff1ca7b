import { isNested, type Value } from '@millrace/core'

const DAY_MS = 86_400_000

/** A value in the JSON form all commands share: ISO 8601 times, text for int64 beyond ±(2^53 − 1), base64 for bytes; json, lists and structs as they are. */
export function jsonValue(value: Value, type: string): unknown {
  if (value === null) return null
  if (type === 'timestamp') return new Date(Number(value)).toISOString()
  if (type === 'date') return new Date(Number(value) * DAY_MS).toISOString().slice(0, 10)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  return type === 'json' || isNested(type) ? JSON.parse(value as string, exactly) : value
}

/** Integers that a double does not hold are text. */
function exactly(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isWide = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(context?.source ?? '')
  return isWide ? context?.source : value
}

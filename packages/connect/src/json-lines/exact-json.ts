import { JSON_DEPTH_MAX } from '@millrace/columnar'

/** A JSON value whose integers beyond ±(2^53 − 1) are bigints, however they are written. */
export type ExactJson = null | boolean | number | bigint | string | readonly ExactJson[] | { readonly [name: string]: ExactJson }

/** Digits of the longest integer that is kept exact; a longer one becomes the nearest double. */
const DIGITS_MAX = 64
const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/

/**
 * Parses JSON text without losing digits of large integers. Throws a SyntaxError as `JSON.parse` does. What nests so deep that the
 * stack does not hold it keeps no more digits than doubles do; no column takes it.
 */
export function parseExactJson(text: string): ExactJson {
  const revive = (_name: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || !couldBeInteger(value)) return value
    return exactInteger(context?.source ?? '') ?? value
  }
  try {
    return JSON.parse(text, revive as (name: string, value: unknown) => unknown) as ExactJson
  } catch (error) {
    if (error instanceof RangeError) return JSON.parse(text) as ExactJson
    throw error
  }
}

/** JSON text of a parsed value; bigints are written as numbers with all their digits. What nests too deep for a column gives no JSON. */
export function exactJsonText(value: ExactJson, depth = 0): string {
  if (depth > JSON_DEPTH_MAX) return ''
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map((part) => exactJsonText(part, depth + 1)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${exactJsonText(part, depth + 1)}`)
    .join(',')}}`
}

function couldBeInteger(value: number): boolean {
  return Number.isInteger(value) || !Number.isFinite(value)
}

/** The integer that a JSON number's text stands for, or undefined when it has a fraction or too many digits. */
function exactInteger(source: string): bigint | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(source) ?? []
  if (whole === undefined) return undefined
  const shift = Number(exponent) - fraction.length
  if (Math.abs(shift) > DIGITS_MAX || whole.length + fraction.length > DIGITS_MAX) return undefined
  const digits = BigInt(whole + fraction)
  const scale = 10n ** BigInt(Math.abs(shift))
  if (shift < 0 && digits % scale !== 0n) return undefined
  const magnitude = shift < 0 ? digits / scale : digits * scale
  return sign === '-' ? -magnitude : magnitude
}

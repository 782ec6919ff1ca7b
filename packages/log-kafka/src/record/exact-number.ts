/** A JSON number that a double need not hold, as it was written. */
export class ExactNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** A JSON value in which every number but small whole ones is as it was written. */
export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | { readonly [name: string]: Json }

/** Parses JSON and keeps the digits of its numbers. Throws a SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): Json {
  const revive = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value !== 'number' || Number.isSafeInteger(value) ? value : new ExactNumber(context?.source ?? String(value))
  return JSON.parse(text, revive as (name: string, value: unknown) => unknown) as Json
}

/** The JSON text of a parsed value, numbers as they were written. */
export function jsonText(value: Json): string {
  if (value instanceof ExactNumber) return value.source
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${jsonText(part)}`)
    .join(',')}}`
}

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/
/** Zeros that an exponent may add. */
const ZEROS_MAX = 400

/** A number's text without exponent, such as 1200 for 1.2E+3; undefined where it is none, or has too many zeros. */
export function plainNumber(source: string): string | undefined {
  const [, sign, whole, fraction = '', exponent] = NUMBER.exec(source) ?? []
  if (whole === undefined) return undefined
  if (exponent === undefined) return source
  const shift = Number(exponent)
  if (Math.abs(shift) > ZEROS_MAX) return undefined
  const digits = whole + fraction
  const point = whole.length + shift
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const at = Math.max(point, 1)
  const front = padded.slice(0, at).replace(/^0+(?=[0-9])/, '')
  const back = padded.slice(at)
  return `${sign}${front}${back === '' ? '' : `.${back}`}`
}

import { isNested, literalValue, type PlanSource, type SourceField, type Value } from '@millrace/core'

const INTEGER = /^-?(0|[1-9][0-9]*)$/
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/
const DATE = /^\d{4}-\d\d-\d\d$/
const DAY_MS = 86_400_000
const TIMESTAMP_MIN = Date.parse('0001-01-01T00:00:00.000Z')
const TIMESTAMP_MAX = Date.parse('9999-12-31T23:59:59.999Z')

/** The values of a row in the order of the source's fields, or undefined where the row is a dead letter. Unknown fields are ignored. */
export function decodeRow(source: PlanSource, row: Readonly<Record<string, unknown>>): Value[] | undefined {
  const values: Value[] = []
  for (const field of source.fields) {
    const json = Object.hasOwn(row, field.name) ? row[field.name] : null
    const value = valueFromJson(json, field.type)
    if (value === undefined || (value === null && field.nullable !== true) || !isWithin(value, field)) return undefined
    values.push(value)
  }
  return values
}

/** The value of a type that a JSON value stands for, or undefined where it stands for none. */
export function valueFromJson(json: unknown, type: string): Value | undefined {
  if (json === null || json === undefined) return null
  switch (type) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'int32':
      return typeof json === 'number' && (json | 0) === json ? json + 0 : undefined
    case 'int64':
      return int64FromJson(json)
    case 'double':
      return typeof json === 'number' && Number.isFinite(json) ? json + 0 : undefined
    case 'string':
      return typeof json === 'string' && json.isWellFormed() ? json : undefined
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : undefined
    case 'timestamp':
      return timestampFromJson(json)
    case 'date':
      return typeof json === 'string' && DATE.test(json) ? daysOf(json) : undefined
    case 'json':
      return literalOf(typeof json === 'string' ? json : JSON.stringify(json), type)
    default:
      return literalOf(type.startsWith('decimal(') ? String(json) : JSON.stringify(json), type)
  }
}

function literalOf(text: string, type: string): Value | undefined {
  return literalValue({ lit: text, type })
}

/** The JSON value that stands for a value of a type: int64 beyond ±(2^53 − 1) is text, times are ISO 8601, bytes base64. */
export function jsonFromValue(value: Value, type: string): unknown {
  if (value === null) return null
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (type === 'timestamp') return new Date(value as number).toISOString()
  if (type === 'date') return new Date((value as number) * DAY_MS).toISOString().slice(0, 10)
  if (type === 'json' || isNested(type)) return JSON.parse(value as string, exactly)
  return value
}

/** Integers that a double does not hold are text. */
function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(context?.source ?? '') ? context?.source : value
}

function int64FromJson(json: unknown): Value | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json + 0 : undefined
  if (typeof json !== 'string' || !INTEGER.test(json)) return undefined
  const wide = BigInt(json)
  if (BigInt.asIntN(64, wide) !== wide) return undefined
  return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide
}

function timestampFromJson(json: unknown): Value | undefined {
  const ms = typeof json === 'string' && TIMESTAMP.test(json) ? Date.parse(json) : json
  return Number.isSafeInteger(ms) && (ms as number) >= TIMESTAMP_MIN && (ms as number) <= TIMESTAMP_MAX ? (ms as number) : undefined
}

function daysOf(text: string): number | undefined {
  const ms = Date.parse(`${text}T00:00:00.000Z`)
  return Number.isNaN(ms) ? undefined : ms / DAY_MS
}

/** Whether a number or time lies within the contract's bounds of its field; both ends belong to them. */
function isWithin(value: Value, field: SourceField): boolean {
  if (typeof value !== 'number' && typeof value !== 'bigint') return true
  const least = boundOf(field.min, field.type)
  const most = boundOf(field.max, field.type)
  return (least === undefined || value >= least) && (most === undefined || value <= most)
}

function boundOf(text: string | undefined, type: string): number | bigint | undefined {
  if (text === undefined) return undefined
  const isNumberText = type === 'int32' || type === 'double' || (type === 'timestamp' && INTEGER.test(text))
  return valueFromJson(isNumberText ? Number(text) : text, type) as number | bigint
}

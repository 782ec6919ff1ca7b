import { decimalType, type Value } from '@millrace/columnar'
import { isDecimal, isNested } from '@millrace/core'
import { valueText } from '../value-text.ts'

/** Types as `format_type` prints them. */
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int32: 'integer',
  int64: 'bigint',
  double: 'double precision',
  string: 'text',
  bytes: 'bytea',
  timestamp: 'timestamp with time zone',
  date: 'date',
}
const NUMERIC = /^numeric(?:\((\d+),(\d+)\))?$/
/** Digits of an integer that `jsonb` takes. */
const JSONB_DIGITS_MAX = 131_072
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+/g
const ESCAPE = /\\(?:u0000|.)/g

/**
 * The column type of a table that is made. Lists and structs are `jsonb`: an array of PostgreSQL can hold neither structs nor lists of
 * different lengths, so lists would have two forms.
 */
export function columnType(type: string): string {
  const { precision, scale } = isDecimal(type) ? decimalType(type) : { precision: 0, scale: 0 }
  return COLUMN_TYPES[type] ?? (isDecimal(type) ? `numeric(${precision},${scale})` : 'jsonb')
}

/** Whether a column of a table that exists holds every value of a type: `json` in place of `jsonb`, a wider `numeric`. */
export function takesType(found: string, type: string): boolean {
  const asked = columnType(type)
  if (found === asked) return true
  if (asked === 'jsonb') return found === 'json'
  const numeric = isDecimal(type) ? NUMERIC.exec(found) : null
  if (numeric === null) return false
  if (numeric[1] === undefined) return true
  const { precision, scale } = decimalType(type)
  return Number(numeric[2]) >= scale && Number(numeric[1]) - Number(numeric[2]) >= precision - scale
}

/** Documents cannot tell rows apart: `json` has no order, and texts of one `jsonb` value differ. */
export function canBeKey(type: string): boolean {
  return type !== 'json' && !isNested(type)
}

/** A value that is not null as the parameter of a statement. */
export function parameterOf(type: string): (value: NonNullable<Value>) => unknown {
  if (type === 'bytes') return (value) => Buffer.from(value as Uint8Array)
  if (type === 'boolean') return (value) => value
  if (type === 'string') return (value) => storableText(value as string)
  if (!canBeKey(type)) return (value) => storableJson(value as string)
  return valueText(type)
}

/** PostgreSQL's text cannot hold U+0000. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

/** Nor can `jsonb`, escaped; an integer of more digits than it takes becomes a text. */
function storableJson(text: string): string {
  const plain = text.includes('\\u0000') ? text.replace(ESCAPE, (escape) => (escape === '\\u0000' ? '\uFFFD' : escape)) : text
  if (plain.length <= JSONB_DIGITS_MAX) return plain
  return plain.replace(JSON_TOKEN, (token) => (token.startsWith('"') || token.length <= JSONB_DIGITS_MAX ? token : `"${token}"`))
}

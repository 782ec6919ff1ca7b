import { isDecimal, literalValue, type SourceField, userError, type Value } from '@millrace/core'
import type { DeadLetterReason } from '../dead-letter.ts'
import { type IngestField, partsCheck } from '../ingest/ingest-field.ts'
import type { ExactJson } from './exact-json.ts'
import { readerOf } from './value-reader.ts'

export interface RefusedValue {
  readonly reason: DeadLetterReason
}

/** How values of one field are read and held against its contract. */
export interface FieldReader {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  /** Whether a value that is not null lies within the field's bounds; undefined where it has none. */
  readonly inRange: ((value: Value) => boolean) | undefined
  /** Whether every value of the type will do. */
  readonly takesAll: boolean
  readonly decode: (given: ExactJson) => Value | RefusedValue
}

/** The event time is never null. Errors: `plan/type-not-offered`, `plan/bad-literal`. */
export function fieldReader(field: IngestField, eventTime: string): FieldReader {
  const read = readerOf(field.type)
  if (read === undefined) {
    throw userError('plan/type-not-offered', `Field \`${field.name}\` has type \`${field.type}\`, which rows cannot be read as.`, {
      asked: field.type,
      found: field.name,
      do: 'Use a type of the plan reference.',
    })
  }
  const nullable = field.nullable === true && field.name !== eventTime
  const inRange = rangeOf(field)
  const check = partsCheck(field)
  const decode = (given: ExactJson): Value | RefusedValue => {
    const value = given === null ? null : read(given)
    if (isRefusal(value)) return value
    if (value === null) return nullable ? null : { reason: 'contract/null' }
    if (inRange?.(value) === false) return { reason: 'contract/out-of-range' }
    const reason = check?.(value as string)
    return reason === undefined ? value : { reason }
  }
  return { name: field.name, type: field.type, nullable, inRange, takesAll: inRange === undefined && check === undefined, decode }
}

export function isRefusal(value: Value | RefusedValue): value is RefusedValue {
  return typeof value === 'object' && value !== null && 'reason' in value
}

/** Bounds are literals of the field's type. Both ends belong to the range. */
function rangeOf(field: SourceField): ((value: Value) => boolean) | undefined {
  const min = boundOf(field, 'min')
  const max = boundOf(field, 'max')
  if (min === null && max === null) return undefined
  const order = isDecimal(field.type) ? compareDecimals : compare
  return (value) => (min === null || order(value, min) >= 0) && (max === null || order(value, max) <= 0)
}

function boundOf(field: SourceField, end: 'min' | 'max'): Value {
  const text = field[end]
  if (text === undefined) return null
  const value = literalValue({ lit: text, type: field.type })
  if (value !== undefined) return value
  throw userError('plan/bad-literal', `The ${end} of field \`${field.name}\` is \`${text}\`, which is no ${field.type}.`, {
    asked: text,
    found: field.type,
    do: `Give ${end} as text of type ${field.type}, or leave it out.`,
  })
}

/** Of one type: the same number of digits stands behind the point. */
function compareDecimals(one: Value, other: Value): number {
  return compare(BigInt(String(one).replace('.', '')), BigInt(String(other).replace('.', '')))
}

/** Numbers by value, text and bytes by their bytes. */
function compare(one: Value, other: Value): number {
  if (typeof one === 'string' || one instanceof Uint8Array) return Buffer.compare(bytesOf(one), bytesOf(other))
  const [a, b] = [one as number | bigint, other as number | bigint]
  return a < b ? -1 : a > b ? 1 : 0
}

function bytesOf(value: Value): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value), 'utf8')
}

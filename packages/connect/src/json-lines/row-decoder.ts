import { isDecimal, literalValue, type SourceField, userError, type Value } from '@millrace/core'
import type { DeadLetterReason } from '../dead-letter.ts'
import { type IngestField, type PartsCheck, partsCheck } from '../ingest/ingest-field.ts'
import type { ExactJson } from './exact-json.ts'
import { readerOf } from './value-reader.ts'

/** Why a row is refused, and the column that it is refused for. */
export interface RefusedRow {
  readonly reason: DeadLetterReason
  readonly column: string | undefined
}

/** The values of a row in the order of the source's fields, or why there are none. */
export type DecodedRow = { readonly values: readonly Value[] } | RefusedRow

interface ColumnReader {
  readonly name: string
  readonly nullable: boolean
  readonly read: (value: ExactJson) => Value | { readonly reason: DeadLetterReason }
  readonly inRange: (value: Value) => boolean
  readonly check: PartsCheck | undefined
}

/**
 * Decodes JSON objects into rows of a plan's source. Fields that the source does not have are ignored, missing ones are
 * null. The first field at fault, in the source's order, names the dead letter. The event time is never null.
 *
 * Errors: `plan/type-not-offered` for a type without a memory form, `plan/bad-literal` for a `min` or `max` not of the field's type.
 *
 * @example
 * const decoder = new RowDecoder(plan.sources[0])
 * const decoded = decoder.decode(parseExactJson('{"ip":"::1","status":200}'))
 */
export class RowDecoder {
  readonly #columns: readonly ColumnReader[]

  constructor(source: { readonly fields: readonly IngestField[]; readonly event_time: string }) {
    this.#columns = source.fields.map((field) => columnReader(field, source.event_time))
  }

  decode(row: ExactJson): DecodedRow {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) return { reason: 'contract/type', column: undefined }
    return this.#decode((column) => (Object.hasOwn(row, column) ? (row as { readonly [name: string]: ExactJson })[column] : null))
  }

  /** As `decode`, of values in the order of the source's fields; undefined is of a wrong type. */
  decodeCells(cells: readonly (ExactJson | undefined)[]): DecodedRow {
    return this.#decode((_column, place) => cells[place])
  }

  #decode(valueOf: (column: string, place: number) => ExactJson | undefined): DecodedRow {
    const values: Value[] = []
    for (let place = 0; place < this.#columns.length; place++) {
      const column = this.#columns[place]
      const given = valueOf(column.name, place)
      if (given === undefined) return { reason: 'contract/type', column: column.name }
      const value = given === null ? null : column.read(given)
      if (isRefusal(value)) return { reason: value.reason, column: column.name }
      if (value === null && !column.nullable) return { reason: 'contract/null', column: column.name }
      if (value !== null && !column.inRange(value)) return { reason: 'contract/out-of-range', column: column.name }
      const reason = value === null ? undefined : column.check?.(value as string)
      if (reason !== undefined) return { reason, column: column.name }
      values.push(value)
    }
    return { values }
  }
}

function isRefusal(value: Value | { readonly reason: DeadLetterReason }): value is { readonly reason: DeadLetterReason } {
  return typeof value === 'object' && value !== null && 'reason' in value
}

function columnReader(field: IngestField, eventTime: string): ColumnReader {
  const read = readerOf(field.type)
  if (read === undefined) {
    throw userError('plan/type-not-offered', `Field \`${field.name}\` has type \`${field.type}\`, which rows cannot be read as.`, {
      asked: field.type,
      found: field.name,
      do: 'Use a type of the plan reference.',
    })
  }
  const nullable = field.nullable === true && field.name !== eventTime
  return { name: field.name, nullable, read, inRange: rangeOf(field), check: partsCheck(field) }
}

/** Bounds are literals of the field's type. Both ends belong to the range. */
function rangeOf(field: SourceField): (value: Value) => boolean {
  const min = boundOf(field, 'min')
  const max = boundOf(field, 'max')
  if (min === null && max === null) return () => true
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

import type { Value } from '@millrace/core'
import type { DeadLetterReason } from '../dead-letter.ts'
import type { IngestField } from '../ingest/ingest-field.ts'
import type { ExactJson } from './exact-json.ts'
import { type FieldReader, fieldReader, isRefusal } from './field-reader.ts'

/** Why a row is refused, and the column that it is refused for. */
export interface RefusedRow {
  readonly reason: DeadLetterReason
  readonly column: string | undefined
}

/** The values of a row in the order of the source's fields, or why there are none. */
export type DecodedRow = { readonly values: readonly Value[] } | RefusedRow

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
  readonly #columns: readonly FieldReader[]

  constructor(source: { readonly fields: readonly IngestField[]; readonly event_time: string }) {
    this.#columns = source.fields.map((field) => fieldReader(field, source.event_time))
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
      const value = column.decode(given)
      if (isRefusal(value)) return { reason: value.reason, column: column.name }
      values.push(value)
    }
    return { values }
  }
}

import { type Batch, type Field, takeRows } from '@millrace/columnar'
import { bugError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import type { ExactJson } from '../json-lines/exact-json.ts'
import { type FieldReader, fieldReader } from '../json-lines/field-reader.ts'
import { checkedColumn, type FoundColumn } from './checked-column.ts'
import type { IngestField } from './ingest-field.ts'
import { TypedRecords } from './typed-records.ts'

/** Records whose values have types already, column by column, in the order of the contract's fields. */
export interface FoundRecords {
  readonly rows: number
  readonly columns: readonly FoundColumn[]
  /** The values of one record, as `TypedRecords` takes them: asked for where it is refused. */
  readonly valuesOf: (row: number) => readonly ExactJson[]
}

/** As `TypedRecords`, for many records at once: what it gives is what `TypedRecords` gives of them one by one. */
export class TypedColumns {
  readonly #fields: readonly Field[]
  readonly #readers: readonly FieldReader[]
  readonly #records: TypedRecords

  /** @throws user `plan/type-not-offered` */
  constructor(stream: { readonly fields: readonly IngestField[]; readonly eventTime: string }) {
    this.#fields = stream.fields.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === true }))
    this.#readers = stream.fields.map((field) => fieldReader(field, stream.eventTime))
    this.#records = new TypedRecords(stream)
  }

  /** Takes records from `firstLine` on, counted from 1. */
  decode({ rows, columns, valuesOf }: FoundRecords, firstLine: number): DecodedLines {
    const refused = new Uint8Array(rows)
    const checked = this.#readers.map((reader, place) => checkedColumn(columns[place], reader, refused))
    const batch: Batch = { rows, fields: this.#fields, columns: checked }
    const kept = refused.includes(1) ? keptRows(refused) : undefined
    const count = kept?.length ?? rows
    const offsets = new Float64Array(count)
    for (let i = 0; i < count; i++) offsets[i] = firstLine - 1 + (kept?.[i] ?? i)
    return {
      batch: kept === undefined ? batch : takeRows(batch, kept),
      offsets,
      lineNumbers: offsets.map((offset) => offset + 1),
      deadLetters: kept === undefined ? [] : this.#letters({ refused, valuesOf, firstLine }),
      lines: rows,
      blank: 0,
    }
  }

  #letters(of: Pick<FoundRecords, 'valuesOf'> & { readonly refused: Uint8Array; readonly firstLine: number }): DecodedLines['deadLetters'] {
    const keptBefore: number[] = []
    let kept = 0
    for (let row = 0; row < of.refused.length; row++) {
      if (of.refused[row] === 0) kept++
      else {
        this.#records.add(of.valuesOf(row), of.firstLine + row)
        keptBefore.push(kept)
      }
    }
    const { deadLetters, batch } = this.#records.take()
    if (batch.rows > 0) throw bugError('source/records-differ', 'A record was refused by its columns and taken by its values.', {})
    return deadLetters.map((letter, place) => ({ ...letter, rowsBefore: keptBefore[place] }))
  }
}

function keptRows(refused: Uint8Array): Int32Array {
  const kept = new Int32Array(refused.length)
  let count = 0
  for (let row = 0; row < refused.length; row++) if (refused[row] === 0) kept[count++] = row
  return kept.subarray(0, count)
}

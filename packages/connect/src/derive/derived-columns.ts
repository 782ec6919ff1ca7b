import { type Batch, batchFromRows, type CodedColumn, type Column, columnOf, type Field, takeRows } from '@millrace/columnar'
import { VALUE_PARTS, type Value } from '@millrace/core'
import type { IngestField } from '../ingest/ingest-field.ts'
import { type PartsReader, partsReader } from './parts-reader.ts'

interface PartedField {
  readonly name: string
  readonly columns: readonly Field[]
  readonly nothing: readonly null[]
  readonly read: PartsReader
}

/** Adds the columns that are read out of texts, each field's behind it: every distinct text of a batch is read once. */
export class DerivedColumns {
  /** All columns of a record, in the contract's order. */
  readonly fields: readonly Field[]
  readonly #parted: ReadonlyMap<string, PartedField>

  constructor(fields: readonly IngestField[]) {
    this.#parted = new Map(fields.flatMap((field) => partedField(field)).map((field) => [field.name, field]))
    this.fields = fields.flatMap(({ name, type, nullable }) => [
      { name, type, nullable: nullable === true },
      ...(this.#parted.get(name)?.columns ?? []),
    ])
  }

  /** The batch's columns with what is read out of them. */
  extend(batch: Batch): Batch {
    if (this.#parted.size === 0) return batch
    const columns = batch.fields.flatMap(({ name }, place): readonly Column[] => {
      const parted = this.#parted.get(name)
      const column = batch.columns[place]
      return parted === undefined ? [column] : [column, ...partColumns(columnOf(batch, name) as CodedColumn, parted)]
    })
    return { rows: batch.rows, fields: this.fields, columns }
  }
}

function partedField({ name, parts }: IngestField): PartedField[] {
  if (parts === undefined) return []
  const columns = Object.entries(VALUE_PARTS[parts.kind]).map(([suffix, type]) => ({ name: `${name}_${suffix}`, type, nullable: true }))
  return [{ name, columns, nothing: columns.map(() => null), read: partsReader(parts) }]
}

/** One row of parts for each text that occurs, and one of nulls; then the rows of the batch point at these. */
function partColumns({ codes, dictionary, nulls }: CodedColumn, { columns, nothing, read }: PartedField): readonly Column[] {
  const rows: (readonly Value[])[] = [nothing]
  const places = new Int32Array(dictionary.size).fill(-1)
  const taken = Int32Array.from(codes, (code, row) => {
    if (nulls?.[row] === 1) return 0
    if (places[code] < 0) {
      const values = read(dictionary.text(code))
      places[code] = values === undefined ? 0 : rows.push(values) - 1
    }
    return places[code]
  })
  return takeRows(batchFromRows(columns, rows), taken).columns
}

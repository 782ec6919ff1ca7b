import { BatchFormatError } from './batch-format-error.ts'
import type { Batch, CodedColumn, Column, Field } from './column.ts'
import { Dictionary } from './dictionary.ts'
import { DictionaryBuilder } from './dictionary-builder.ts'
import { widen } from './int64.ts'

/** Entries are not looked up where there are many and fewer rows than these share one. */
const VARIED_ROWS_PER_ENTRY = 2
const VARIED_ENTRIES_MIN = 1024

/**
 * One batch of the rows of all, in order. The batches have the same names and types in the same order.
 *
 * @throws BatchFormatError `columnar/fields-differ` when they do not, `columnar/nothing-to-concat` for no batch at all.
 */
export function concatBatches(batches: readonly Batch[]): Batch {
  if (batches.length === 0) throw new BatchFormatError('columnar/nothing-to-concat', 'No batch was given, so there are no fields.')
  if (batches.length === 1) return batches[0]
  const fields = commonFields(batches)
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const columns = fields.map((_, place) =>
    concatColumns(
      batches.map((batch) => batch.columns[place]),
      batches.map((batch) => batch.rows),
      rows,
    ),
  )
  return { rows, fields, columns }
}

function commonFields(batches: readonly Batch[]): Field[] {
  const shapes = batches.map((batch) => batch.fields.map((field) => `${field.name} ${field.type}`).join(', '))
  const other = shapes.find((shape) => shape !== shapes[0])
  if (other !== undefined) throw new BatchFormatError('columnar/fields-differ', `One batch has (${shapes[0]}), another (${other}).`)
  return batches[0].fields.map((field, place) => ({ ...field, nullable: batches.some((batch) => batch.fields[place].nullable) }))
}

function concatColumns(columns: readonly Column[], counts: readonly number[], rows: number): Column {
  const nulls = concatNulls(columns, counts, rows)
  const first = columns[0]
  switch (first.kind) {
    case 'boolean':
      return {
        kind: first.kind,
        values: join(
          new Uint8Array(rows),
          columns.map((column) => (column as typeof first).values),
        ),
        nulls,
      }
    case 'int32':
    case 'date':
      return {
        kind: first.kind,
        values: join(
          new Int32Array(rows),
          columns.map((column) => (column as typeof first).values),
        ),
        nulls,
      }
    case 'double':
    case 'timestamp':
      return {
        kind: first.kind,
        values: join(
          new Float64Array(rows),
          columns.map((column) => (column as typeof first).values),
        ),
        nulls,
      }
    case 'int64':
      return concatInt64(columns, rows, nulls)
    default:
      return concatCoded(columns as readonly CodedColumn[], rows, nulls)
  }
}

function concatNulls(columns: readonly Column[], counts: readonly number[], rows: number): Uint8Array | null {
  if (columns.every((column) => column.nulls === null)) return null
  const nulls = new Uint8Array(rows)
  let at = 0
  columns.forEach((column, i) => {
    if (column.nulls !== null) nulls.set(column.nulls, at)
    at += counts[i]
  })
  return nulls
}

function concatInt64(columns: readonly Column[], rows: number, nulls: Uint8Array | null): Column {
  const doubles: Float64Array[] = []
  const wides: BigInt64Array[] = []
  for (const column of columns) {
    if (column.kind !== 'int64') continue
    if (column.safe) doubles.push(column.values)
    wides.push(column.safe ? new BigInt64Array(0) : column.values)
  }
  if (doubles.length === columns.length) return { kind: 'int64', safe: true, values: join(new Float64Array(rows), doubles), nulls }
  let next = 0
  const parts = columns.map((column, i) => (column.kind === 'int64' && column.safe ? widen(doubles[next++]) : wides[i]))
  return { kind: 'int64', safe: false, values: join(new BigInt64Array(rows), parts), nulls }
}

function concatCoded(columns: readonly CodedColumn[], rows: number, nulls: Uint8Array | null): CodedColumn {
  const { kind, dictionary } = columns[0]
  if (columns.every((column) => column.dictionary === dictionary)) {
    return {
      kind,
      codes: join(
        new Int32Array(rows),
        columns.map((column) => column.codes),
      ),
      dictionary,
      nulls,
    }
  }
  const entries = columns.reduce((sum, column) => sum + column.dictionary.size, 0)
  const { newCodes, build } =
    entries >= VARIED_ENTRIES_MIN && entries * VARIED_ROWS_PER_ENTRY > rows ? appended(columns, entries) : merged()
  const codes = new Int32Array(rows)
  let at = 0
  for (const column of columns) {
    const known = newCodes(column)
    for (let row = 0; row < column.codes.length; row++) codes[at++] = isNull(column, row) ? 0 : known[column.codes[row]]
  }
  return { kind, codes, dictionary: build(), nulls }
}

interface Merging {
  /** By code of a column that comes next: its code among the entries of all. */
  readonly newCodes: (column: CodedColumn) => Int32Array
  readonly build: () => Dictionary
}

/** Each entry once: they are looked up. */
function merged(): Merging {
  const builder = new DictionaryBuilder()
  return { newCodes: (column) => mergedCodes(column, builder), build: () => builder.build() }
}

/** All entries, one column's behind the other's. */
function appended(columns: readonly CodedColumn[], entries: number): Merging {
  const lengthOf = ({ dictionary: { offsets, size } }: CodedColumn): number => offsets[size] - offsets[0]
  const bytes = new Uint8Array(columns.reduce((sum, column) => sum + lengthOf(column), 0))
  const offsets = new Uint32Array(entries + 1)
  let size = 0
  const newCodes = ({ dictionary }: CodedColumn): Int32Array => {
    const [base, first, at] = [size, dictionary.offsets[0], offsets[size]]
    bytes.set(dictionary.bytes.subarray(first, dictionary.offsets[dictionary.size]), at)
    const known = new Int32Array(dictionary.size)
    for (let code = 0; code < known.length; code++) {
      known[code] = base + code
      offsets[base + code + 1] = at + dictionary.offsets[code + 1] - first
    }
    size += known.length
    return known
  }
  return { newCodes, build: () => new Dictionary(bytes, offsets) }
}

function mergedCodes(column: CodedColumn, builder: DictionaryBuilder): Int32Array {
  const { bytes, offsets, size } = column.dictionary
  const merged = new Int32Array(size)
  for (let code = 0; code < size; code++) merged[code] = builder.codeOf(bytes, offsets[code], offsets[code + 1])
  return merged
}

function isNull(column: Column, row: number): boolean {
  return column.nulls !== null && column.nulls[row] === 1
}

function join<T extends Uint8Array | Int32Array | Float64Array | BigInt64Array>(target: T, parts: readonly T[]): T {
  let at = 0
  for (const part of parts) {
    target.set(part as never, at)
    at += part.length
  }
  return target
}

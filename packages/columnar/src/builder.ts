import { BatchFormatError } from './batch-format-error.ts'
import { type Batch, type Column, columnKind, type Field } from './column.ts'
import { Dictionary } from './dictionary.ts'
import { DictionaryBuilder } from './dictionary-builder.ts'
import { int64Column } from './int64.ts'
import type { Value } from './value.ts'

type Rows = readonly (readonly Value[])[]

/**
 * A batch of the given rows; `rows[i][j]` belongs to `fields[j]`. Lone surrogates in text become U+FFFD, −0 becomes 0.
 *
 * @throws BatchFormatError `columnar/unsupported-type` for a type without a memory form, `columnar/value-does-not-fit` for a value of
 * another type, a NaN or infinity, or a number outside the type's range.
 */
export function batchFromRows(fields: readonly Field[], rows: Rows): Batch {
  return { rows: rows.length, fields, columns: fields.map((field, place) => columnFromRows(field, rows, place)) }
}

/** A batch of no rows. */
export function emptyBatch(fields: readonly Field[]): Batch {
  return batchFromRows(fields, [])
}

function columnFromRows(field: Field, rows: Rows, place: number): Column {
  const nulls = nullsOf(rows, place)
  const kind = columnKind(field.type)
  switch (kind) {
    case 'boolean':
      return { kind, values: fill(new Uint8Array(rows.length), field, rows, place, bit), nulls }
    case 'int32':
    case 'date':
      return { kind, values: fill(new Int32Array(rows.length), field, rows, place, int32), nulls }
    case 'double':
      return { kind, values: fill(new Float64Array(rows.length), field, rows, place, finite), nulls }
    case 'timestamp':
      return { kind, values: fill(new Float64Array(rows.length), field, rows, place, whole), nulls }
    case 'int64':
      return int64FromRows(field, rows, place, nulls)
    case 'string':
      return textsFromRows(field, rows, place, nulls)
    case 'bytes':
      return bytesFromRows(field, rows, place, nulls)
    default:
      throw new BatchFormatError('columnar/unsupported-type', `Column \`${field.name}\` has type ${field.type}, which batches do not hold.`)
  }
}

function nullsOf(rows: Rows, place: number): Uint8Array | null {
  let nulls: Uint8Array | null = null
  for (let row = 0; row < rows.length; row++) {
    if (rows[row][place] !== null) continue
    nulls ??= new Uint8Array(rows.length)
    nulls[row] = 1
  }
  return nulls
}

function fill<T extends Uint8Array | Int32Array | Float64Array>(
  values: T,
  field: Field,
  rows: Rows,
  place: number,
  numberOf: (value: Value) => number | undefined,
): T {
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][place]
    if (value === null) continue
    const number = numberOf(value)
    if (number === undefined) throw doesNotFit(field, value, row)
    values[row] = number
  }
  return values
}

function bit(value: Value): number | undefined {
  return typeof value === 'boolean' ? Number(value) : undefined
}

function int32(value: Value): number | undefined {
  return typeof value === 'number' && (value | 0) === value ? value : undefined
}

function finite(value: Value): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined
}

function whole(value: Value): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value + 0 : undefined
}

function int64FromRows(field: Field, rows: Rows, place: number, nulls: Uint8Array | null): Column {
  const doubles = new Float64Array(rows.length)
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][place]
    if (value === null) continue
    const number = whole(value)
    if (number === undefined) return int64Column(wideFromRows(field, rows, place), nulls)
    doubles[row] = number
  }
  return { kind: 'int64', safe: true, values: doubles, nulls }
}

function wideFromRows(field: Field, rows: Rows, place: number): BigInt64Array {
  const values = new BigInt64Array(rows.length)
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][place]
    if (value === null) continue
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) values[row] = value
    else if (whole(value) !== undefined) values[row] = BigInt(value as number)
    else throw doesNotFit(field, value, row)
  }
  return values
}

function textsFromRows(field: Field, rows: Rows, place: number, nulls: Uint8Array | null): Column {
  const codes = new Int32Array(rows.length)
  const codeOf = new Map<string, number>()
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][place]
    if (value === null) continue
    if (typeof value !== 'string') throw doesNotFit(field, value, row)
    const text = value.toWellFormed()
    let code = codeOf.get(text)
    if (code === undefined) codeOf.set(text, (code = codeOf.size))
    codes[row] = code
  }
  return { kind: 'string', codes, dictionary: Dictionary.fromTexts([...codeOf.keys()]), nulls }
}

function bytesFromRows(field: Field, rows: Rows, place: number, nulls: Uint8Array | null): Column {
  const codes = new Int32Array(rows.length)
  const builder = new DictionaryBuilder()
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row][place]
    if (value === null) continue
    if (!(value instanceof Uint8Array)) throw doesNotFit(field, value, row)
    codes[row] = builder.codeOf(value)
  }
  return { kind: 'bytes', codes, dictionary: builder.build(), nulls }
}

function doesNotFit(field: Field, value: Value | undefined, row: number): BatchFormatError {
  const shown = value instanceof Uint8Array ? `${value.length} bytes` : String(value).slice(0, 40)
  return new BatchFormatError(
    'columnar/value-does-not-fit',
    `Row ${row} has ${typeof value} ${shown} under \`${field.name}\`, which is ${field.type}.`,
  )
}

import { batchFromRows, type CodedColumn, type Column, columnKind, takeColumn, type Value, valueAt } from '@millrace/columnar'
import { WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import type { ExactJson } from '../json-lines/exact-json.ts'
import { type FieldReader, isRefusal } from '../json-lines/field-reader.ts'

/**
 * A column as a source has it: values in memory, or one by one as what stands for them in JSON. Decimals, dates and JSON are texts, times
 * may be int64 of epoch ms and beyond all bounds; doubles may be NaN, infinite or −0.
 */
export type FoundColumn = Column | { readonly kind: 'values'; readonly values: readonly ExactJson[] }

/** A found column as its field has it: what `decode` of every value would give. Rows with a value that is refused are marked with 1 in `refused`. */
export function checkedColumn(found: FoundColumn, field: FieldReader, refused: Uint8Array): Column {
  if (found.kind === 'values') return columnOfValues(found.values, field, refused)
  const kind = columnKind(field.type)
  const column = 'codes' in found ? textsAs(found, field, refused) : numbersAs(found, kind, refused)
  if (column === undefined) return columnOfValues(givenValues(found, refused.length), field, refused)
  if (!field.nullable) refuseNulls(column.nulls, refused)
  if (!('codes' in found)) refuseOutside(column, field, refused)
  return column
}

function columnOfValues(values: readonly ExactJson[], field: FieldReader, refused: Uint8Array): Column {
  const rows = values.map((given, row): readonly Value[] => {
    const value = field.decode(given)
    if (!isRefusal(value)) return [value]
    refused[row] = 1
    return [null]
  })
  return batchFromRows([{ name: field.name, type: field.type, nullable: true }], rows).columns[0]
}

function givenValues(column: Column, rows: number): ExactJson[] {
  return Array.from({ length: rows }, (_, row) => givenOf(valueAt(column, row)))
}

function givenOf(value: Value): ExactJson {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

function refuseNulls(nulls: Uint8Array | null, refused: Uint8Array): void {
  if (nulls === null) return
  for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) refused[row] = 1
}

function refuseOutside(column: Column, { inRange }: FieldReader, refused: Uint8Array): void {
  if (inRange === undefined) return
  const { nulls } = column
  for (let row = 0; row < refused.length; row++) if (nulls?.[row] !== 1 && !inRange(valueAt(column, row))) refused[row] = 1
}

/** Undefined where the kinds are not each other's. */
function numbersAs(found: Exclude<Column, CodedColumn>, kind: Column['kind'] | undefined, refused: Uint8Array): Column | undefined {
  if (found.kind === 'double' && kind === 'double') return finiteColumn(found)
  if (kind === 'timestamp' && (found.kind === 'timestamp' || (found.kind === 'int64' && found.safe))) return timeColumn(found, refused)
  return found.kind === kind ? found : undefined
}

/** Beyond a double's range is null, −0 is 0. */
function finiteColumn(found: Extract<Column, { kind: 'double' }>): Column {
  const values = new Float64Array(found.values.length)
  let { nulls } = found
  for (let row = 0; row < values.length; row++) {
    const value = found.values[row]
    if (value - value === 0) values[row] = value + 0
    else {
      if (nulls === found.nulls) nulls = found.nulls?.slice() ?? new Uint8Array(values.length)
      ;(nulls as Uint8Array)[row] = 1
    }
  }
  return { kind: 'double', values, nulls }
}

function timeColumn({ values, nulls }: { values: Float64Array; nulls: Uint8Array | null }, refused: Uint8Array): Column {
  for (let row = 0; row < values.length; row++) if (!(values[row] >= WATERMARK_FLOOR && values[row] <= WATERMARK_END)) refused[row] = 1
  return { kind: 'timestamp', values, nulls }
}

/** Each text that occurs is read once. */
function textsAs(found: CodedColumn, field: FieldReader, refused: Uint8Array): Column {
  if (field.takesAll && field.type === found.kind) return found
  const { codes, dictionary, nulls } = found
  const entryRefused = new Uint8Array(dictionary.size + 1)
  const given = Array.from({ length: dictionary.size }, (_, code) =>
    givenOf(found.kind === 'bytes' ? dictionary.entry(code) : dictionary.text(code)),
  )
  const entries = columnOfValues([...given, null], field, entryRefused)
  const none = dictionary.size
  const places = Int32Array.from(codes, (code, row) => (nulls?.[row] === 1 ? none : code))
  for (let row = 0; row < places.length; row++) if (entryRefused[places[row]] === 1) refused[row] = 1
  return takeColumn(entries, places)
}

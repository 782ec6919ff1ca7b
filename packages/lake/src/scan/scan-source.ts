import type { ScanFile } from '@millrace/core'
import { quoteName } from '../feed/parquet-writer.ts'
import { isList, isStruct } from '../format/field-type.ts'
import type { SchemaField, TableMetadata, TableSchema } from '../format/table-metadata.ts'
import { fieldsOf } from '../format/table-schema.ts'
import { type FileLayout, type FileLayouts, fieldsEverIn, namesTell } from './file-layout.ts'
import { laidOut } from './layout-sql.ts'
import { scanSql } from './scan-sql.ts'

export interface ScanSource {
  readonly metadata: TableMetadata
  readonly schema: TableSchema
  readonly files: readonly ScanFile[]
}

/**
 * A DuckDB table expression over files, their columns and the fields of structs found by id. DuckDB finds columns by id and fields of structs by
 * name, so where fields were renamed or came back under an old name, files are read by the names that they have and then brought to the schema's.
 */
export async function scanSource(layouts: FileLayouts, { metadata, schema, files }: ScanSource): Promise<string> {
  const fields = fieldsOf(metadata, schema)
  if (files.length === 0 || namesTell(metadata)) return scanSql(files, fields)
  const nested = schema.fields.filter(({ type }) => isList(type) || isStruct(type))
  const ids = nested.flatMap((field) => partsOf(field.type))
  const read = await layouts.of(files.map(({ path }) => path))
  const groups = Map.groupBy(files.keys(), (place) => signatureOf(read[place], ids))
  const parts = [...groups].map(([, places]) =>
    laidOutSql({ metadata, schema, files: places.map((place) => files[place]) }, nested, read[places[0]]),
  )
  return parts.length === 1 ? parts[0] : `(${parts.map((part) => `SELECT * FROM ${part}`).join(' UNION ALL ')})`
}

/** Files of one layout. */
function laidOutSql({ metadata, schema, files }: ScanSource, nested: readonly SchemaField[], layout: FileLayout): string {
  const ways = new Map(
    nested.map((field) => [field.id, laidOut({ ...field, sql: quoteName(field.name) }, { layout, everIn: fieldsEverIn(metadata) })]),
  )
  const fields = fieldsOf(metadata, schema)
  const types = new Map([...ways].map(([id, { type }]) => [id, type]))
  const columns = fields.map(({ id, name }) => `${ways.get(id)?.sql ?? quoteName(name)} AS ${quoteName(name)}`)
  return `(SELECT ${columns.join(', ')} FROM ${scanSql(files, fields, types)})`
}

/** Ids of the fields of structs in a type, however deep. */
function partsOf(type: unknown): number[] {
  if (isList(type)) return partsOf(type.element)
  return isStruct(type) ? type.fields.flatMap((field) => [field.id, ...partsOf(field.type)]) : []
}

function signatureOf(layout: FileLayout, ids: readonly number[]): string {
  return JSON.stringify(ids.map((id) => layout.get(id) ?? null))
}

import type { ScanFile, TableField } from '@millrace/core'
import { quoteName, quoteText } from '../feed/parquet-writer.ts'
import { duckdbType } from '../format/field-type.ts'
import type { SchemaField } from '../format/table-metadata.ts'

/** A DuckDB table expression over exactly these files, columns by field id, read as `types` or their own; of no files, an empty relation of the same columns. */
export function scanSql(files: readonly ScanFile[], fields: readonly TableField[], types: ReadonlyMap<number, string> = new Map()): string {
  if (files.length === 0) {
    const columns = fields.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteName(name)}`).join(', ')
    return `(SELECT ${columns} WHERE false)`
  }
  const paths = files.map(({ path }) => quoteText(plainPath(path))).join(', ')
  const schema = fields.map(
    ({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: ${quoteText(types.get(id) ?? duckdbType(type))}, default_value: NULL}`,
  )
  return `read_parquet([${paths}], schema = MAP {${schema.join(', ')}}, hive_partitioning = false)`
}

/** The columns of a scan in the types of the Iceberg schema, for files to be written: ours are wider in places than those of other writers. */
export function storedColumns(fields: readonly SchemaField[]): string {
  return fields
    .map(({ name, type }) => {
      const stored = typeof type === 'string' ? STORED[type] : undefined
      return stored === undefined ? quoteName(name) : `${quoteName(name)}::${stored} AS ${quoteName(name)}`
    })
    .join(', ')
}

/** Iceberg types that are read as another type of ours. */
const STORED: Readonly<Record<string, string>> = { timestamp: 'TIMESTAMP', float: 'FLOAT', uuid: 'UUID' }

/** A path that DuckDB takes as it is, not as a pattern. */
export function plainPath(path: string): string {
  return path.replace(/[*?[]/g, '[$&]')
}

import type { ScanFile, TableField } from '@millrace/core'
import { quoteName, quoteText } from '../feed/parquet-writer.ts'
import { duckdbType } from '../format/field-type.ts'

/** A DuckDB table expression over exactly these files, columns by field id; of no files, an empty relation of the same columns. */
export function scanSql(files: readonly ScanFile[], fields: readonly TableField[]): string {
  if (files.length === 0) {
    const columns = fields.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteName(name)}`).join(', ')
    return `(SELECT ${columns} WHERE false)`
  }
  const paths = files.map(({ path }) => quoteText(plainPath(path))).join(', ')
  const schema = fields.map(
    ({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: ${quoteText(duckdbType(type))}, default_value: NULL}`,
  )
  return `read_parquet([${paths}], schema = MAP {${schema.join(', ')}}, hive_partitioning = false)`
}

/** A path that DuckDB takes as it is, not as a pattern. */
function plainPath(path: string): string {
  return path.replace(/[*?[]/g, '[$&]')
}

import { rm } from 'node:fs/promises'
import type { Batch, Field } from '@millrace/columnar'
import { type FileFormat, jsonLinesFormat } from '@millrace/connect'
import { isDecimal, isNested } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'

const SQL_TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  bytes: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
}

function sqlType(type: string): string {
  if (isDecimal(type)) return type.toUpperCase()
  return isJsonText(type) ? 'VARCHAR' : SQL_TYPES[type]
}

/** JSON, and lists and structs, which go into the file as JSON. */
function isJsonText(type: string): boolean {
  return type === 'json' || isNested(type)
}

/** Lines longer than this do not come from a batch. */
const LINE_BYTES_MAX = 64 * 1024 * 1024

/** Parquet files of a sink, written by DuckDB. */
export function parquetFormat(duckdb: () => Promise<Duckdb>): FileFormat {
  return {
    extension: 'parquet',
    async write(path, batches) {
      const lines = `${path}.rows`
      try {
        await jsonLinesFormat.write(lines, batches.map(withJsonAsText))
        const statement = copyStatement(batches[0].fields, { from: lines, to: path })
        await (await duckdb()).with(async (connection) => {
          await connection.run(statement)
        })
      } finally {
        await rm(lines, { force: true })
      }
    },
  }
}

function copyStatement(fields: readonly Field[], { from, to }: { readonly from: string; readonly to: string }): string {
  const types = fields.map(({ name, type }) => `${quotedText(name)}: '${sqlType(type)}'`)
  const columns = fields.map(({ name, type }) => columnOf(quotedName(name), type))
  const options = `format = 'newline_delimited', auto_detect = false, maximum_object_size = ${LINE_BYTES_MAX}, columns = {${types.join(', ')}}`
  return `COPY (SELECT ${columns.join(', ')} FROM read_json(${quotedText(from)}, ${options})) TO ${quotedText(to)} (FORMAT parquet, COMPRESSION zstd)`
}

function columnOf(name: string, type: string): string {
  if (type === 'bytes') return `from_base64(${name}) AS ${name}`
  return isJsonText(type) ? `CAST(${name} AS JSON) AS ${name}` : name
}

/** Read as JSON, DuckDB would print it anew. */
function withJsonAsText(batch: Batch): Batch {
  return { ...batch, fields: batch.fields.map((field) => (isJsonText(field.type) ? { ...field, type: 'string' } : field)) }
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

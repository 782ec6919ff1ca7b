import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'
import { decimalType } from '@millrace/columnar'
import { isNested, type PlanSource, type StampedRow, type Value } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { identifier } from '../print/identifier.ts'
import { printType } from '../print/type-printer.ts'

/** Rows handed to DuckDB at once: its vector size. */
const CHUNK_ROWS_MAX = 2048

interface LoadedColumn {
  readonly type: DuckDBType
  readonly convert: (value: Exclude<Value, null>) => DuckDBValue
}

const COLUMNS: Readonly<Record<string, LoadedColumn>> = {
  boolean: { type: BOOLEAN, convert: (value) => value as boolean },
  int32: { type: INTEGER, convert: (value) => Number(value) },
  int64: { type: BIGINT, convert: (value) => BigInt(value as number | bigint) },
  double: { type: DOUBLE, convert: (value) => Number(value) },
  string: { type: VARCHAR, convert: (value) => value as string },
  json: { type: VARCHAR, convert: (value) => value as string },
  bytes: { type: BLOB, convert: (value) => new DuckDBBlobValue(value as Uint8Array) },
  timestamp: { type: TIMESTAMPTZ, convert: (value) => new DuckDBTimestampTZValue(BigInt(value as number) * 1000n) },
  date: { type: DATE, convert: (value) => new DuckDBDateValue(value as number) },
}

/** Puts stamped rows of one source into a new temporary table of the connection: `_arrival`, `_split`, `_watermark`, then the source's fields. */
export async function loadRows(
  connection: DuckDBConnection,
  target: { readonly table: string; readonly source: PlanSource },
  rows: readonly StampedRow[],
): Promise<void> {
  const { table, source } = target
  const fields = source.fields.map((field) => ({ name: field.name, type: field.type }))
  const all = [
    { name: '_arrival', type: 'int64' },
    { name: '_split', type: 'string' },
    { name: '_watermark', type: 'timestamp' },
    ...fields,
  ]
  const columns = all.map((field) => `${identifier(field.name)} ${printType(field.type)}`)
  await connection.run(`CREATE TEMP TABLE ${identifier(table)} (${columns.join(', ')})`)
  if (rows.length === 0) return
  const loaded = all.map((field) => loadedColumn(field.type))
  const appender = await connection.createAppender(table)
  for (let from = 0; from < rows.length; from += CHUNK_ROWS_MAX)
    appender.appendDataChunk(chunkOf(rows.slice(from, from + CHUNK_ROWS_MAX), loaded))
  appender.closeSync()
}

/** How values of a plan type are handed to DuckDB. */
export function loadedColumn(type: string): LoadedColumn {
  if (type.startsWith('decimal(')) return decimalColumn(type)
  const column = COLUMNS[type] ?? (isNested(type) ? COLUMNS.json : undefined)
  if (column === undefined) throw unsupported(`loading values of type ${type}`, 'a source')
  return column
}

function decimalColumn(type: string): LoadedColumn {
  const { precision, scale } = decimalType(type)
  return {
    type: DECIMAL(precision, scale),
    convert: (value) => new DuckDBDecimalValue(BigInt(String(value).replace('.', '')), precision, scale),
  }
}

function chunkOf(rows: readonly StampedRow[], columns: readonly LoadedColumn[]): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    columns.map((column) => column.type),
    rows.length,
  )
  const stamped = rows.map((row) => [row.arrival, row.split, row.watermark, ...row.values])
  columns.forEach(({ convert }, i) => {
    chunk.setColumnValues(
      i,
      stamped.map((values) => (values[i] === null ? null : convert(values[i]))),
    )
  })
  return chunk
}

import type { DecodedLines } from '@millrace/connect'
import { TypedRecords } from '@millrace/connect'
import { type MillraceError, type SourceField, userError, type Value } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'

/** Types of Parquet columns, as DuckDB names them, by the contract's type. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['BOOLEAN'],
  int32: ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT'],
  int64: ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'],
  double: ['FLOAT', 'DOUBLE'],
  string: ['VARCHAR', 'ENUM'],
  bytes: ['BLOB'],
  timestamp: ['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE'],
  date: ['DATE'],
  json: ['JSON', 'VARCHAR'],
}

/** How each type is read: as what stands for it in JSON. */
const READ_AS: Readonly<Record<string, (column: string) => string>> = {
  int32: (column) => `${column}::INTEGER`,
  int64: (column) => `${column}::BIGINT`,
  double: (column) => `${column}::DOUBLE`,
  string: markedText,
  bytes: (column) => `base64(${column})`,
  timestamp: (column) =>
    `CASE WHEN isfinite(${column}::TIMESTAMP) THEN ${floorMs(`epoch_us(${column}::TIMESTAMP)`)} WHEN ${column} IS NULL THEN NULL ELSE ${BEYOND_TIME} END`,
  date: (column) => `${column}::VARCHAR`,
  json: markedText,
}
/** Characters that DuckDB would take for those of a pattern: in brackets they are themselves. */
const GLOB = /[*?[]/g
/** The driver drops a byte order mark at the beginning of a text: behind another character it does not. */
const TEXT_MARK = '.'
/** A number of milliseconds that is no time: infinity's. */
const BEYOND_TIME = '9000000000000000::BIGINT'

function markedText(column: string): string {
  return `'${TEXT_MARK}' || ${column}::VARCHAR`
}

function floorMs(micros: string): string {
  return `(${micros} - ((${micros} % 1000) + 1000) % 1000) // 1000`
}

export interface ParquetRows {
  readonly path: string
  /** Rows that were read before. */
  readonly skip: number
}

/**
 * The rows of a Parquet file in their order, as records of a contract.
 *
 * @throws user `source/not-parquet`, `source/other-schema`
 */
export async function* parquetRows(
  duckdb: Duckdb,
  stream: { readonly topic: string; readonly fields: readonly SourceField[]; readonly eventTime: string },
  { path, skip }: ParquetRows,
): AsyncGenerator<DecodedLines> {
  const connection = await duckdb.connect()
  try {
    const from = `read_parquet([${quotedText(path.replace(GLOB, '[$&]'))}])`
    const columns = await reading(path, async () => {
      const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`)
      return new Map(described.getRows().map(([name, type]) => [String(name), String(type)]))
    })
    const sql = `SELECT ${stream.fields.map((field) => columnOf(field, { columns, path, stream: stream.topic })).join(', ')} FROM ${from} OFFSET ${skip}`
    const records = new TypedRecords(stream)
    const result = await reading(path, () => connection.stream(sql))
    for (let line = skip + 1; ; ) {
      const chunk = await reading(path, () => result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) return
      const readers = stream.fields.map(({ type }, place) => valueReader(chunk.getColumnVector(place), type))
      for (let row = 0; row < chunk.rowCount; row++)
        records.add(
          readers.map((read) => read(row)),
          line++,
        )
      yield records.take()
    }
  } finally {
    connection.closeSync()
  }
}

function valueReader(vector: { getItem(row: number): unknown }, type: string): (row: number) => Value {
  if (type !== 'string' && type !== 'json') return (row) => vector.getItem(row) as Value
  return (row) => (vector.getItem(row) as string | null)?.slice(TEXT_MARK.length) ?? null
}

function columnOf(
  field: SourceField,
  file: { readonly columns: ReadonlyMap<string, string>; readonly path: string; readonly stream: string },
): string {
  const type = file.columns.get(field.name)
  if (type === undefined && field.nullable === true) return `NULL::VARCHAR`
  const name = type?.startsWith('ENUM(') === true ? 'ENUM' : type
  if (name === undefined || !TYPES[field.type]?.includes(name)) throw otherSchema(field, name, file)
  const read = READ_AS[field.type] ?? ((column: string) => column)
  return read(`"${field.name.replaceAll('"', '""')}"`)
}

function otherSchema(
  field: SourceField,
  type: string | undefined,
  file: { readonly columns: ReadonlyMap<string, string>; readonly path: string; readonly stream: string },
): MillraceError {
  const found = type === undefined ? 'has no such column' : `has it as ${type}`
  return userError(
    'source/other-schema',
    `Stream \`${file.stream}\` has the field \`${field.name}\` (${field.type}); \`${file.path}\` ${found}.`,
    {
      asked: `${field.name}: ${TYPES[field.type]?.join(' or ') ?? field.type}`,
      found: [...file.columns].map(([name, other]) => `${name}: ${other}`),
      do: 'Write the file with the columns of the contract, or change the contract.',
    },
  )
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw userError('source/not-parquet', `\`${path}\` cannot be read as Parquet: ${found}`, {
      asked: path,
      found,
      do: 'Give a whole Parquet file; copy it again if it was cut off.',
      cause,
    })
  }
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

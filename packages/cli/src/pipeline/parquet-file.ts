import { EntryCoder } from '@millrace/columnar'
import { type DecodedLines, type ExactJson, type FoundRecords, TypedColumns } from '@millrace/connect'
import { type MillraceError, parseType, type SourceField, userError } from '@millrace/core'
import { type Duckdb, textReader, vectorColumn } from '@millrace/engine-duckdb'
import { type ParquetColumn, type ParquetType, parquetColumn, parquetTypes } from './parquet-column.ts'

/** Characters that DuckDB would take for those of a pattern: in brackets they are themselves. */
const GLOB = /[*?[]/g
/** Rows that are committed together, in DuckDB's chunks of 2,048. */
const PART_ROWS = 32_768

export interface ParquetRows {
  readonly path: string
  /** Rows that were read before. */
  readonly skip: number
}

/** A stream of records of a contract. */
export interface ParquetStream {
  readonly topic: string
  readonly fields: readonly SourceField[]
  readonly eventTime: string
}

/**
 * The rows of a Parquet file in their order, as records of a contract: so many together as are worth a commit.
 *
 * @throws user `source/not-parquet`, `source/other-schema`
 */
export async function* parquetRows(duckdb: Duckdb, stream: ParquetStream, { path, skip }: ParquetRows): AsyncGenerator<DecodedLines> {
  const records = new TypedColumns(stream)
  let line = skip + 1
  for await (const part of parquetParts(duckdb, stream, { path, skip })) {
    yield records.decode(part, line)
    line += part.rows
  }
}

/** As `parquetRows`, before they are held against the contract. */
export async function* parquetParts(duckdb: Duckdb, stream: ParquetStream, { path, skip }: ParquetRows): AsyncGenerator<FoundRecords> {
  const connection = await duckdb.connect()
  try {
    const from = `read_parquet([${quotedText(path.replace(GLOB, '[$&]'))}])`
    const columns = await reading(path, async () => {
      const empty = await connection.runAndReadAll(`SELECT * FROM ${from} LIMIT 0`)
      return new Map(empty.columnNames().map((name, place) => [name, empty.columnType(place)]))
    })
    const reads = stream.fields.map((field) => columnOf(field, { columns, path, stream: stream.topic }))
    const sql = `SELECT ${reads.map((column) => column.sql).join(', ')} FROM ${from} OFFSET ${skip}`
    const result = await reading(path, () => connection.stream(sql))
    const coders = reads.map(() => new EntryCoder())
    const read = () => reading(path, () => nextChunks(() => result.fetchChunk()))
    for await (const chunks of oneAhead(read)) yield foundRecords(chunks, reads, coders)
  } finally {
    connection.closeSync()
  }
}

type Chunk = NonNullable<Awaited<ReturnType<Awaited<ReturnType<Awaited<ReturnType<Duckdb['connect']>>['stream']>>['fetchChunk']>>>

async function nextChunks(fetch: () => Promise<Chunk | null>): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = []
  for (let rows = 0; rows < PART_ROWS; ) {
    const chunk = await fetch()
    if (chunk === null || chunk.rowCount === 0) break
    chunks.push(chunk)
    rows += chunk.rowCount
  }
  return chunks
}

/** Reads until a part is empty: the one that comes next is read while the one before is worked on. */
async function* oneAhead<T>(read: () => Promise<readonly T[]>): AsyncGenerator<readonly T[]> {
  let next = read()
  try {
    for (;;) {
      const part = await next
      if (part.length === 0) return
      next = read()
      yield part
    }
  } finally {
    await next.catch(() => {})
  }
}

/** Column by column where the values lie in memory as a batch has them, else value by value. */
function foundRecords(chunks: readonly Chunk[], reads: readonly ParquetColumn[], coders: readonly EntryCoder[]): FoundRecords {
  const cells = reads.map(({ read }, place) => {
    const parts = chunks.map((chunk) => cellReader(chunk.getColumnVector(place), read))
    return (chunk: number, row: number) => parts[chunk](row)
  })
  const columns = reads.map((_, place) => {
    const typed = vectorColumn(
      chunks.map((chunk) => chunk.getColumnVector(place)),
      coders[place],
    )
    if (typed !== undefined) return typed
    const values = chunks.flatMap(({ rowCount }, chunk) => Array.from({ length: rowCount }, (_cell, row) => cells[place](chunk, row)))
    return { kind: 'values' as const, values }
  })
  const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0)
  const valuesOf = (row: number): ExactJson[] => {
    let chunk = 0
    for (; row >= chunks[chunk].rowCount; chunk++) row -= chunks[chunk].rowCount
    return cells.map((cell) => cell(chunk, row))
  }
  return { rows, columns, valuesOf }
}

function cellReader(vector: ReturnType<Chunk['getColumnVector']>, read: ParquetColumn['read']): (row: number) => ExactJson {
  const cell = String(vector.type) === 'VARCHAR' ? textReader(vector) : (row: number): unknown => vector.getItem(row)
  return (row) => {
    const value = cell(row)
    return value === null ? null : read(value)
  }
}

interface FoundFile {
  readonly columns: ReadonlyMap<string, ParquetType>
  readonly path: string
  readonly stream: string
}

function columnOf(field: SourceField, file: FoundFile): ParquetColumn {
  const found = file.columns.get(field.name)
  if (found === undefined && field.nullable === true) return { sql: 'NULL::VARCHAR', read: () => null }
  const type = parseType(field.type)
  const column = found && type && parquetColumn(type, found, `"${field.name.replaceAll('"', '""')}"`)
  if (column === undefined) throw otherSchema(field, found, file)
  return column
}

function otherSchema(field: SourceField, found: ParquetType | undefined, file: FoundFile): MillraceError {
  const type = parseType(field.type)
  return userError(
    'source/other-schema',
    `Stream \`${file.stream}\` has the field \`${field.name}\` (${field.type}); \`${file.path}\` ${found === undefined ? 'has no such column' : `has it as ${found}`}.`,
    {
      asked: `${field.name}: ${type === undefined ? field.type : parquetTypes(type).join(' or ')}`,
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

import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { closest, MillraceError, operatingError, userError } from '@millrace/core'
import { identifier } from '../print/identifier.ts'
import { type DuckdbFailure, duckdbError, failureOf } from './duckdb-error.ts'
import { parseLossless } from './lossless-json.ts'
import type { Duckdb } from './open-duckdb.ts'
import { textReader } from './read-vector.ts'
import { checkReads, type SqlNode, type SqlView, type ViewColumns } from './sql-guard.ts'
import { type JsonValue, jsonValue, typeName } from './sql-value.ts'
import { readWholeViews, WHOLE_VIEW_PREFIX } from './star-rewrite.ts'
import { type AsOf, hasTimeTravel, readPastStates, writeTimeTravel } from './time-travel.ts'

/** The document that `millrace sql --json` prints, without the time it took. */
export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly JsonValue[])[]
  readonly row_count: number
  /** There are more rows than `limit`. */
  readonly truncated: boolean
}

export interface SqlRequest {
  readonly sql: string
  /** The tables the statement may read. Columns that begin with `_` are there by name but not in `*`. */
  readonly views: readonly SqlView[]
  /** Most rows to return; the rest is not computed where DuckDB can stop early. */
  readonly limit: number
  /** Reads a table of `views` as it was: `t for version as of 123`, `t for timestamp as of '…'`. Absent: tables are read as they are only. */
  readonly asOf?: AsOf
}

/**
 * Runs one read-only statement over the given tables. `duckdb` must have been opened with `readOnlyBelow`.
 * A table is read in a past state by `for version as of` and `for timestamp as of`. Anything but one SELECT, WITH, VALUES, DESCRIBE, SUMMARIZE or EXPLAIN of these is refused before it runs: `sql/read-only`, `sql/not-allowed`,
 * `sql/syntax`, `sql/unknown-table`, `sql/unknown-column`, `sql/time-travel`; failures while it runs are `sql/failed`.
 *
 * @example
 * await runReadOnlySql(duckdb, { sql: 'select ip, _arrival from requests', views: [{ name: 'requests', sql: scan.sql }], limit: 100 })
 */
export function runReadOnlySql(duckdb: Duckdb, request: SqlRequest): Promise<SqlResult> {
  return duckdb.with(async (connection) => {
    const prepared = await prepare(connection, request)
    try {
      const result = await connection.stream(prepared.sql)
      return await firstRows(result, request.limit)
    } catch (cause) {
      throw statementError(cause, prepared.columns)
    }
  })
}

/** Names of the tables that a statement reads. */
export async function readNames(connection: DuckDBConnection, request: Pick<SqlRequest, 'sql' | 'views'>): Promise<readonly string[]> {
  const { statement } = await parse(connection, request.sql)
  return [...checkReads(statement, request.views).views].map((view) => view.name)
}

/** The statement in brackets, to stand behind FROM; what it reads is made ready on the connection. */
export async function subquery(connection: DuckDBConnection, request: Pick<SqlRequest, 'sql' | 'views'>): Promise<PreparedStatement> {
  const { sql, columns } = await prepare(connection, { ...request, limit: 0 })
  const { statement } = await parse(connection, sql)
  return { sql: `(${(await deserialize(connection, statement)).replace(/;\s*$/, '')})`, columns }
}

interface PreparedStatement {
  readonly sql: string
  readonly columns: readonly string[]
}

async function prepare(connection: DuckDBConnection, request: SqlRequest): Promise<PreparedStatement> {
  const { statement, prefix } = await parse(connection, await withTimeTravel(connection, request.sql))
  checkReads(statement, request.views)
  const past = await readPastStates(statement, request.views, request.asOf)
  const reads = checkReads(statement, [...request.views, ...past])
  const columnsOf = new Map<SqlView, ViewColumns>()
  for (const view of reads.views) columnsOf.set(view, await viewColumns(connection, view))
  const columns = [...columnsOf.values()].flatMap(({ visible, system }) => [...visible, ...system])
  for (const [view, { visible }] of columnsOf) await createView(connection, view, { name: view.name, columns: visible })
  if (!reads.systemColumns) return { sql: past.length === 0 ? request.sql : prefix + (await deserialize(connection, statement)), columns }
  if (reads.allColumns) {
    throw userError(
      'sql/not-allowed',
      'A natural join or pivot reads every column of its tables and cannot stand in a statement that names system columns.',
      {
        asked: request.sql,
        do: 'Name the columns: `join … using (…)`, or select them in a subquery first.',
      },
    )
  }
  for (const [view, { visible, system }] of columnsOf)
    await createView(connection, view, { name: WHOLE_VIEW_PREFIX + view.name, columns: [...visible, ...system] })
  readWholeViews(statement, columnsOf)
  return { sql: prefix + (await deserialize(connection, statement)), columns }
}

async function withTimeTravel(connection: DuckDBConnection, sql: string): Promise<string> {
  if (!hasTimeTravel(sql)) return sql
  const result = await ours(
    connection,
    "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')",
  )
  return writeTimeTravel(sql, { keywords: new Set((await result.getRows()).map(([word]) => String(word))) })
}

async function viewColumns(connection: DuckDBConnection, view: SqlView): Promise<ViewColumns> {
  const names = (await ours(connection, `SELECT * FROM ${view.sql} LIMIT 0`)).columnNames()
  return { visible: names.filter((name) => !name.startsWith('_')), system: names.filter((name) => name.startsWith('_')) }
}

async function createView(
  connection: DuckDBConnection,
  view: SqlView,
  as: { readonly name: string; readonly columns: readonly string[] },
): Promise<void> {
  await ours(
    connection,
    `CREATE OR REPLACE TEMP VIEW ${identifier(as.name)} AS SELECT ${as.columns.map(identifier).join(', ')} FROM ${view.sql}`,
  )
}

function ours(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  return connection.run(sql).catch((cause: unknown) => {
    throw duckdbError(cause, sql)
  })
}

interface Serialized {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly position?: string
  readonly statements?: readonly SqlNode[]
}

const EXPLAIN = 'explain'

/** The statement as DuckDB's own parser reads it. Only what it can serialise is a read; of EXPLAIN, the explained statement is judged. */
async function parse(connection: DuckDBConnection, sql: string): Promise<{ readonly statement: SqlNode; readonly prefix: string }> {
  const text = sql.trimStart()
  const explains = text.slice(0, EXPLAIN.length).toLowerCase() === EXPLAIN && text.charAt(EXPLAIN.length).trim() === ''
  const body = explains ? text.slice(EXPLAIN.length) : sql
  const parsed = await serialize(connection, body)
  if (parsed.error && parsed.error_type === 'parser')
    throw syntaxError({ message: parsed.error_message ?? '', position: parsed.position, sql: body })
  if (parsed.error) throw readOnly(sql, 'something other than a read')
  const statements = parsed.statements ?? []
  if (statements.length !== 1) throw readOnly(sql, statements.length === 0 ? 'no statement' : `${statements.length} statements`)
  return { statement: statements[0], prefix: explains ? `${EXPLAIN} ` : '' }
}

async function serialize(connection: DuckDBConnection, sql: string): Promise<Serialized> {
  if (sql.includes('\0')) throw syntaxError({ message: 'the text holds a NUL character', position: String(sql.indexOf('\0')), sql })
  const result = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  try {
    return parseLossless(String(result.getRows()[0][0])) as Serialized
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw syntaxError({ message: 'it holds a number that a double cannot hold', position: undefined, sql })
  }
}

async function deserialize(connection: DuckDBConnection, statement: SqlNode): Promise<string> {
  const result = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [
    JSON.stringify({ error: false, statements: [statement] }),
  ])
  return String(result.getRows()[0][0])
}

function readOnly(sql: string, found: string): Error {
  return userError('sql/read-only', `Only one statement that reads is run here; this is ${found}.`, {
    asked: sql,
    found,
    do: 'Write one SELECT, WITH, VALUES, DESCRIBE, SUMMARIZE, or EXPLAIN of one.',
  })
}

function syntaxError(failure: { readonly message: string; readonly position: string | undefined; readonly sql: string }): Error {
  const { sql, position } = failure
  const near =
    position === undefined
      ? sql
      : Buffer.from(sql)
          .subarray(Number(position), Number(position) + 40)
          .toString()
  return userError('sql/syntax', `The statement is not valid SQL: ${failure.message}.`, {
    asked: sql,
    found: near,
    do: 'Mend the statement where the parser stopped; names that are reserved words need double quotes.',
    details: position === undefined ? {} : { position: Number(position) },
  })
}

/** A failure of the user's statement, in our words. */
export function statementError(cause: unknown, columns: readonly string[]): Error {
  if (cause instanceof MillraceError) return cause
  const failure = failureOf(cause)
  const missing = missingColumn(failure)
  if (missing !== undefined) return unknownColumn(missing, failure, columns)
  const [message] = failure.message.split('\n')
  const facts = {
    asked: failure.name ?? message,
    found: failure.candidates,
    cause,
    details: failure.position === undefined ? {} : { position: failure.position },
  }
  const table = failure.type === 'Binder' ? /^Referenced table "(.+)" not found/.exec(message)?.[1] : undefined
  if (table !== undefined)
    return userError('sql/unknown-table', `Table or alias \`${table}\` is not read by the statement.`, {
      ...facts,
      asked: table,
      do: 'Name a table of the FROM clause.',
    })
  switch (failure.type) {
    case 'Out of Memory':
      return operatingError('engine/out-of-memory', `The statement needs more memory than it may have: ${message}`, {
        ...facts,
        do: 'Ask for less at once, e.g. with a filter.',
      })
    case 'IO':
      return operatingError('engine/io', `A file of a table could not be read: ${message}`, { ...facts, do: 'Run `millrace doctor`.' })
    case 'Catalog':
      return userError('sql/unknown-name', message, { ...facts, do: 'Use a name that DuckDB knows.' })
    case 'Parser':
    case 'Binder':
      return userError('sql/syntax', `The statement is not valid: ${message}`, { ...facts, do: 'Mend the statement.' })
    case 'Permission':
      return userError('sql/not-allowed', `The statement reaches outside the project's tables: ${message}`, {
        ...facts,
        do: 'Read the tables of the project.',
      })
    default:
      return userError('sql/failed', `The statement failed: ${message}`, {
        ...facts,
        do: 'Mend the expression that fails, e.g. with `try_cast` or a filter.',
      })
  }
}

/** DuckDB's ways to say that a column is not there; only the first carries the name as data. */
const COLUMN_MISSING = [
  / does not have a column named "(.+)"$/,
  /^Column "(.+)" in \w+ list not found/,
  /^Column "(.+)" does not exist on \w+ side of join/,
]

function missingColumn(failure: DuckdbFailure): string | undefined {
  if (failure.subtype === 'COLUMN_NOT_FOUND' && failure.name !== undefined) return failure.name
  const [message] = failure.message.split('\n')
  return failure.type === 'Binder'
    ? COLUMN_MISSING.map((pattern) => pattern.exec(message)?.[1]).find((name) => name !== undefined)
    : undefined
}

function unknownColumn(asked: string, failure: DuckdbFailure, columns: readonly string[]): Error {
  const found = columns.length === 0 ? failure.candidates : [...new Set(columns)]
  const near = closest(asked, found)
  return userError(
    'sql/unknown-column',
    `Column \`${asked}\` is not in the tables read${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked,
      found,
      do: 'Use one of the columns found.',
      cause: undefined,
    },
  )
}

async function firstRows(result: DuckDBResult, limit: number): Promise<SqlResult> {
  const types = result.columnTypes()
  const columns = result.columnNames().map((name, i) => ({ name, type: typeName(types[i]) }))
  const rows: (readonly JsonValue[])[] = []
  let truncated = false
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0 && !truncated; chunk = await result.fetchChunk()) {
    const room = limit - rows.length
    truncated = chunk.rowCount > room
    rows.push(...jsonRows(chunk, Math.min(room, chunk.rowCount)))
    if (truncated) break
  }
  return { columns, rows, row_count: rows.length, truncated }
}

function jsonRows(chunk: DuckDBDataChunk, count: number): readonly (readonly JsonValue[])[] {
  const readers = Array.from({ length: chunk.columnCount }, (_, i) => {
    const vector = chunk.getColumnVector(i)
    if ('dataView' in vector && String(vector.type) === 'VARCHAR') return textReader(vector)
    return (row: number): JsonValue => jsonValue(vector.getItem(row), vector.type)
  })
  return Array.from({ length: count }, (_, row) => readers.map((read) => read(row)))
}

import type { DuckDBConnection } from '@duckdb/node-api'
import type { Field } from '@millrace/columnar'
import { parseType, userError, type Value } from '@millrace/core'
import { identifier } from '../print/identifier.ts'
import { printType } from '../print/type-printer.ts'
import type { Duckdb } from './open-duckdb.ts'
import { streamRows } from './run-plan.ts'
import { readNames, type SqlRequest, statementError, subquery } from './run-read-only-sql.ts'
import { typeName } from './sql-value.ts'

/** A statement that gives a table's rows, and the tables that it may read. */
export type TableStatement = Pick<SqlRequest, 'sql' | 'views'>

/**
 * Names of the tables that a statement reads, found in its parsed form.
 * @throws `sql/read-only`, `sql/not-allowed`, `sql/syntax`, `sql/unknown-table`
 */
export function sqlReads(duckdb: Duckdb, statement: TableStatement): Promise<readonly string[]> {
  return duckdb.with((connection) => readNames(connection, statement))
}

/** A table expression of no rows with these columns: to find out what a statement over a table gives. */
export function emptyTable(fields: readonly Field[]): string {
  return `(SELECT ${fields.map(({ name, type }) => `CAST(NULL AS ${printType(type)}) AS ${identifier(name)}`).join(', ')} LIMIT 0)`
}

/**
 * The columns that a statement gives, as a table can keep them.
 * @throws as `sqlReads`, and `sql/unknown-column`, `sql/bad-column`, `sql/type-not-offered`
 */
export function sqlFields(duckdb: Duckdb, statement: TableStatement): Promise<readonly Field[]> {
  return duckdb.with(async (connection) => {
    const { sql, columns } = await subquery(connection, statement)
    try {
      const result = await connection.run(`SELECT * FROM ${sql} LIMIT 0`)
      const types = result.columnTypes()
      return checkedFields(result.columnNames().map((name, i) => ({ name, type: typeName(types[i]) })))
    } catch (cause) {
      throw statementError(cause, columns)
    }
  })
}

/** Runs a statement whose columns are known; gives its rows some thousand at a time while `take` runs. */
export function withSqlRows<T>(
  duckdb: Duckdb,
  statement: TableStatement & { readonly fields: readonly Field[] },
  take: (rows: AsyncIterable<Value[][]>) => Promise<T>,
): Promise<T> {
  return duckdb.with(async (connection) => {
    const { sql, columns } = await subquery(connection, statement)
    return take(checkedRows(connection, `SELECT ${statement.fields.map(kept).join(', ')} FROM ${sql}`, columns))
  })
}

/** Runs a statement whose columns are known, and keeps its rows as a temporary table of the connection. */
export async function keepSqlRows(
  connection: DuckDBConnection,
  statement: TableStatement & { readonly fields: readonly Field[] },
  as: string,
): Promise<void> {
  const { sql, columns } = await subquery(connection, statement)
  try {
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${identifier(as)} AS SELECT ${statement.fields.map(kept).join(', ')} FROM ${sql}`)
  } catch (cause) {
    throw statementError(cause, columns)
  }
}

async function* checkedRows(connection: DuckDBConnection, sql: string, columns: readonly string[]): AsyncGenerator<Value[][]> {
  try {
    yield* streamRows(connection, sql)
  } catch (cause) {
    throw statementError(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause, columns)
  }
}

/** Kinds of types that a table keeps; lists and structs as JSON. */
const KEPT: ReadonlySet<string | undefined> = new Set([
  'boolean',
  'int32',
  'int64',
  'double',
  'decimal',
  'string',
  'bytes',
  'timestamp',
  'date',
  'json',
])

/** Integers that are wider than the plan's are kept as int64 where they fit, which fails where one does not; UUIDs as their text. */
const KEPT_AS: Readonly<Record<string, string>> = { hugeint: 'int64', uhugeint: 'int64', ubigint: 'int64', uuid: 'string' }

function checkedFields(found: readonly { readonly name: string; readonly type: string }[]): readonly Field[] {
  const names = found.map(({ name }) => name)
  return found.map(({ name, type: given }, place): Field => {
    const type = KEPT_AS[given] ?? given
    if (!/^[a-z][a-z0-9_]*$/.test(name) || names.indexOf(name) !== place) {
      throw userError('sql/bad-column', `Column ${place + 1} of the statement is called \`${name}\`.`, {
        asked: name,
        found: names,
        do: 'Give each column a name of its own with `as`: lower case letters, digits and `_`, beginning with a letter.',
      })
    }
    if (KEPT.has(parseType(type)?.kind)) return { name, type, nullable: true }
    throw userError('sql/type-not-offered', `Column \`${name}\` of the statement is ${given}, which a table cannot keep.`, {
      asked: name,
      found: given,
      do: `Cast it, e.g. \`cast(${name} as varchar)\`, or \`to_json(${name})\` for lists and structs.`,
    })
  })
}

/** A column as tables keep it: without NaN and infinities, times in milliseconds. */
function kept({ name, type }: Field): string {
  const column = identifier(name)
  const cast = `CAST(${column} AS ${printType(type)})`
  if (type === 'double') return `CASE WHEN isfinite(${cast}) THEN ${cast} + 0.0 END AS ${column}`
  if (type === 'timestamp') return `CASE WHEN isfinite(${cast}) THEN date_trunc('milliseconds', ${cast}) END AS ${column}`
  if (type === 'json') return `CAST(${column} AS VARCHAR) AS ${column}`
  return `${cast} AS ${column}`
}

import type { Value } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'

/** Rows of a small result of our own statement: numbers where they are exact, else bigint; times as DuckDB gives them cast to text or epoch ms by the statement. */
export function queryRows(duckdb: Duckdb, sql: string): Promise<Value[][]> {
  return duckdb.with(async (connection) => {
    const rows = (await connection.runAndReadAll(sql)).getRows()
    return rows.map((row) =>
      row.map((value) => (typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value as Value))),
    )
  })
}

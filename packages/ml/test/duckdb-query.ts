import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'
import { openDuckdb } from '@millrace/engine-duckdb'
import type { SetQuery } from '../src/set/training-set.ts'

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  INTEGER: 'int32',
  BIGINT: 'int64',
  DOUBLE: 'double',
  VARCHAR: 'string',
}

const ROWS_PER_BATCH = 100

/** Statements on a DuckDB of the test's own, in small batches. */
export async function duckdbQuery(): Promise<{ readonly query: SetQuery; readonly run: (sql: string) => Promise<unknown>; close(): void }> {
  const duckdb = await openDuckdb({ threads: 2 })
  const connection = await duckdb.connect()
  return {
    query: async function* (sql) {
      const result = await connection.runAndReadAll(sql)
      const fields = result.columnNames().map((name, i): Field => ({ name, type: TYPES[String(result.columnType(i))], nullable: true }))
      const rows = result.getRows() as Value[][]
      for (let from = 0; from < rows.length; from += ROWS_PER_BATCH) yield batchOf(fields, rows.slice(from, from + ROWS_PER_BATCH))
    },
    run: async (sql) => await connection.run(sql),
    close: () => {
      connection.closeSync()
      duckdb.close()
    },
  }
}

function batchOf(fields: readonly Field[], rows: readonly Value[][]): Batch {
  return batchFromRows(fields, rows)
}

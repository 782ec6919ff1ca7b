import { createHash } from 'node:crypto'
import { identifier } from '../print/identifier.ts'
import { type JsonColumn, printJsonRow } from '../print/json-row-printer.ts'
import { duckdbError } from './duckdb-error.ts'
import type { Duckdb } from './open-duckdb.ts'
import { textReader } from './read-vector.ts'

/** Number of rows, and the SHA-256 (hex) of the rows as compact JSON arrays, sorted by bytes, joined by a newline. */
export interface TableDigest {
  readonly rows: number
  readonly sha256: string
}

/**
 * The digest of a table's contents, whatever the order of its rows. DuckDB writes and sorts the rows' text, spilling where `duckdb` has a
 * `tempDir`; only sorted text reaches JavaScript, a chunk at a time.
 *
 * @param table a table expression, e.g. the `sql` of a lake scan
 * @param columns the columns to count in, in contract order; system columns are left out by leaving them out here
 */
export function digestTable(duckdb: Duckdb, table: string, columns: readonly JsonColumn[]): Promise<TableDigest> {
  const row = identifier('_row')
  const sql = `SELECT ${printJsonRow(columns)} AS ${row} FROM ${table} ORDER BY ${row} ASC NULLS FIRST`
  return duckdb.with(async (connection) => {
    const hash = createHash('sha256')
    let rows = 0
    try {
      const result = await connection.stream(sql)
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        const text = textReader(chunk.getColumnVector(0))
        const lines = Array.from({ length: chunk.rowCount }, (_, i) => text(i))
        hash.update((rows === 0 ? '' : '\n') + lines.join('\n'))
        rows += chunk.rowCount
      }
    } catch (cause) {
      throw duckdbError(cause, sql)
    }
    return { rows, sha256: hash.digest('hex') }
  })
}

import { type AsOf, type JsonValue, runReadOnlySql } from '@millrace/engine-duckdb'
import { note, printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { currentRows } from '../query/current-rows.ts'
import { type ReadOptions, type ScopeTable, tableName, withReadContext } from '../scope/open-scope.ts'

interface SqlOptions extends ReadOptions {
  readonly limit: number
}

/** Runs one read-only statement over the committed tables. */
export async function sqlCommand(options: SqlOptions, query: string): Promise<void> {
  const started = performance.now()
  const result = await withReadContext(options, async ({ duckdb, tables, lake, scope }) => {
    const views = tables.map(({ spec, scan }) => ({ name: spec.name, sql: scan.sql }))
    const asOf: AsOf = async (table, state) => {
      const past = await lake.pin(tableName(scope, table), 'version' in state ? state : { asOf: state.time })
      const { spec } = tables.find((one) => one.spec.name === table) as ScopeTable
      return currentRows(spec, past.sql)
    }
    return runReadOnlySql(duckdb, { sql: query, views, limit: options.limit, asOf })
  })
  const seconds = Math.round(performance.now() - started) / 1000
  if (options.json === true) return printJson({ ...result, seconds })
  printText(
    textTable(
      result.columns.map((column) => column.name),
      result.rows as readonly (readonly JsonValue[])[],
    ),
  )
  note(
    `${result.row_count} row${result.row_count === 1 ? '' : 's'}${result.truncated ? ' (there are more; raise --limit)' : ''} in ${seconds} s`,
  )
}

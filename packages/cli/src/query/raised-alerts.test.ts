import { openDuckdb } from '@millrace/engine-duckdb'
import { describeAlertConformance } from '@millrace/testkit'
import { raisedRows } from './raised-alerts.ts'

const literal = (value: unknown, type: string): string => {
  if (value === null) return `NULL::${type === 'string' ? 'VARCHAR' : 'BIGINT'}`
  if (type === 'timestamp') return `to_timestamp(${Number(value)} / 1000.0)`
  return type === 'string' ? `'${String(value).replaceAll("'", "''")}'` : `${value}::BIGINT`
}

describeAlertConformance('the query over committed tables', async ({ columns, rows, key, when, cooldown_ms }) => {
  const duckdb = await openDuckdb()
  try {
    const names = columns.map((column) => `"${column.name}"`).join(', ')
    const values = rows.map((row) => `(${row.map((value, i) => literal(value, columns[i].type)).join(', ')})`).join(', ')
    const table =
      rows.length === 0
        ? `(SELECT ${columns.map((column) => `${literal(null, column.type)} AS "${column.name}"`).join(', ')} LIMIT 0)`
        : `(SELECT * FROM (VALUES ${values}) AS v(${names}))`
    return await raisedRows(duckdb, { view: 'view', fields: columns, key, when, cooldownMs: cooldown_ms }, table)
  } finally {
    duckdb.close()
  }
})

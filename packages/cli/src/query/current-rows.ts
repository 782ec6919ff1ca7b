import type { TableSpec } from '../pipeline/table-spec.ts'

/**
 * A table expression of the rows as they stand. The table of a view whose rows are corrected holds what was said of them, in any order; a row stands
 * as often as it was given less how often it was taken back.
 */
export function currentRows(spec: TableSpec, sql: string): string {
  if (!spec.corrected) return sql
  const columns = spec.fields.filter(({ name }) => !name.startsWith('_')).map(({ name }) => `"${name}"`)
  const left = 'CAST(sum(CASE WHEN "_op" IN (1, 3) THEN -1 ELSE 1 END) AS BIGINT)'
  const counted = `SELECT ${columns.join(', ')}, ${left} AS "_left" FROM ${sql} GROUP BY ${columns.join(', ')} HAVING "_left" > 0`
  const repeated = `SELECT ${columns.join(', ')}, unnest(range("_left")) AS "_copy" FROM (${counted})`
  return `(SELECT ${columns.join(', ')} FROM (${repeated}))`
}

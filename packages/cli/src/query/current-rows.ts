import type { TableSpec } from '../pipeline/table-spec.ts'

/**
 * A table expression of the rows as they stand. The table of a view whose rows are corrected holds what was said of them, in any order; a row stands
 * as often as it was given less how often it was taken back.
 */
export function currentRows(spec: TableSpec, sql: string): string {
  if (!spec.corrected) return sql
  const columns = userColumns(spec)
  const counted = `SELECT ${columns.join(', ')}, ${LEFT} AS "_left" FROM ${sql} GROUP BY ${columns.join(', ')} HAVING "_left" > 0`
  const repeated = `SELECT ${columns.join(', ')}, unnest(range("_left")) AS "_copy" FROM (${counted})`
  return `(SELECT ${columns.join(', ')} FROM (${repeated}))`
}

/**
 * A table expression of the fewest changes that sum up to the same as those of `sql`, with the same columns: those that cancel each other are
 * gone. Of changes that say the same the greatest time and stamp stays. It holds for any part of the changes.
 */
export function netChanges(spec: TableSpec, sql: string, columns: readonly string[]): string {
  const rows = userColumns(spec)
  const others = columns.map(quoted).filter((name) => name !== OP && !rows.includes(name))
  const greatest = others.map((name) => `max(${name}) AS ${name}`)
  const summed = `SELECT ${[...rows, ...greatest].join(', ')}, ${LEFT} AS "_left" FROM ${sql} GROUP BY ${rows.join(', ')} HAVING "_left" <> 0`
  const given = `SELECT ${[...rows, ...others].join(', ')}, CASE WHEN "_left" > 0 THEN 0 ELSE 1 END AS ${OP}, unnest(range(abs("_left"))) AS "_copy" FROM (${summed})`
  return `(SELECT ${columns.map(quoted).join(', ')} FROM (${given}))`
}

const OP = '"_op"'
const LEFT = `CAST(sum(CASE WHEN ${OP} IN (1, 3) THEN -1 ELSE 1 END) AS BIGINT)`

function userColumns({ fields }: TableSpec): readonly string[] {
  return fields.filter(({ name }) => !name.startsWith('_')).map(({ name }) => quoted(name))
}

function quoted(name: string): string {
  return `"${name}"`
}

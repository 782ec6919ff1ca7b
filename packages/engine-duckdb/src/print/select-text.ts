import { identifier } from './identifier.ts'

const INDENT = '  '

export function indent(text: string, levels = 1): string {
  return text
    .split('\n')
    .map((line) => INDENT.repeat(levels) + line)
    .join('\n')
}

/** `SELECT` with one column a line. */
export function selectText(columns: readonly string[], clauses: readonly string[]): string {
  return ['SELECT', columns.map((column) => indent(column)).join(',\n'), ...clauses].join('\n')
}

/** A statement always has a column, also where a node has none. */
export function atLeastOne(columns: readonly string[]): readonly string[] {
  return columns.length === 0 ? ['1 AS "_row"'] : columns
}

/** A column under its name; a bare column of that name is not said twice. */
export function aliased(sql: string, name: string): string {
  return sql === identifier(name) ? sql : `${sql} AS ${identifier(name)}`
}

/** A query under a name; `once`: it is computed once, however many read it. */
export interface NamedQuery {
  readonly name: string
  readonly sql: string
  readonly once?: boolean
}

/** `WITH` over named queries, in order. */
export function withText(queries: readonly NamedQuery[], body: string): string {
  if (queries.length === 0) return body
  const list = queries.map(({ name, sql, once }) => `${identifier(name)} AS ${once === true ? 'MATERIALIZED ' : ''}(\n${indent(sql)}\n)`)
  return `WITH\n${list.join(',\n')}\n${body}`
}

import { identifier } from './identifier.ts'

const INDENT = '  '

export function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => INDENT + line)
    .join('\n')
}

/** `SELECT` with one column a line. */
export function selectText(columns: readonly string[], clauses: readonly string[]): string {
  return ['SELECT', columns.map(indent).join(',\n'), ...clauses].join('\n')
}

/** A statement always has a column, also where a node has none. */
export function atLeastOne(columns: readonly string[]): readonly string[] {
  return columns.length === 0 ? ['1 AS `_row`'] : columns
}

/** A column under its name; a bare column of that name is not said twice. */
export function aliased(sql: string, name: string): string {
  return sql === identifier(name) ? sql : `${sql} AS ${identifier(name)}`
}

/** A query as a table expression. */
export function nested(sql: string, name?: string): string {
  return `(\n${indent(sql)}\n)${name === undefined ? '' : ` AS ${identifier(name)}`}`
}

/** A query under a name. */
export interface NamedQuery {
  readonly name: string
  readonly sql: string
}

/** `WITH` over named queries, in order. */
export function withText(queries: readonly NamedQuery[], body: string): string {
  if (queries.length === 0) return body
  return `WITH\n${queries.map(({ name, sql }) => `${identifier(name)} AS ${nested(sql)}`).join(',\n')}\n${body}`
}

export function whereText(conditions: readonly string[]): readonly string[] {
  return conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]
}

/** A column as a plain value: a table of Flink takes no more than one time that watermarks are about. */
export function plainColumn({ name, type }: { readonly name: string; readonly type: string }): string {
  return type === 'timestamp' ? `CAST(${identifier(name)} AS TIMESTAMP_LTZ(3)) AS ${identifier(name)}` : identifier(name)
}

import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'

/** What a statement may name: anything of the project that has a table. */
interface Named {
  readonly kind: string
  readonly name: string
}

/** A statement made by `sql`, and the assets that it names. */
export interface SqlText {
  readonly text: string
  readonly names: readonly Named[]
}

/** Writes SQL with assets as quoted names, and numbers and texts as literals. @example sql`select count(*) as n from ${orders}` */
export function sql(strings: TemplateStringsArray, ...values: readonly (Named | number | bigint | string)[]): SqlText {
  const parts = values.map((value) => (typeof value === 'object' ? `"${value.name}"` : literal(value)))
  const text = strings.map((string, i) => `${string}${parts[i] ?? ''}`).join('')
  return { text, names: values.filter((value) => typeof value === 'object') }
}

function literal(value: number | bigint | string): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value)
  throw userError('project/bad-literal', `${value} cannot stand in SQL.`, {
    asked: String(value),
    do: 'Give a finite number, or null by SQL.',
  })
}

export interface TableOptions {
  /** One statement that reads: DuckDB's SQL over tables of the project. */
  readonly sql: SqlText | string
  readonly doc?: string
}

/** A table that one SQL statement gives, when it is asked for. What it reads, and its columns, are found in the statement. */
export interface TableAsset {
  readonly kind: 'table'
  readonly name: string
  readonly sql: string
  /** Assets that were named by reference. */
  readonly named: readonly Named[]
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/**
 * Declares a table by SQL; `millrace run --select NAME` computes it and replaces its rows in one commit.
 *
 * @example
 * const revenue = table('daily_revenue', { sql: sql`select ordered_at::date as day, sum(total) as revenue from ${orders} group by day` })
 */
export function table(name: string, options: TableOptions): TableAsset {
  const at = declaredAt()
  const text = typeof options.sql === 'string' ? { text: options.sql, names: [] } : options.sql
  return { kind: 'table', name, sql: text.text, named: text.names, doc: options.doc, at }
}

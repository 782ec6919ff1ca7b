import { identifier, textConstant } from '../print/identifier.ts'

export interface TableDdl {
  readonly name: string
  readonly columns: readonly (readonly [name: string, type: string])[]
  /** Further clauses: a watermark, a key. */
  readonly clauses?: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** The DDL of a table of a session. */
export function printTable({ name, columns, clauses = [], options }: TableDdl): string {
  const parts = [...columns.map(([column, type]) => `${identifier(column)} ${type}`), ...clauses].map((part) => `  ${part}`)
  const settings = Object.entries(options).map(([key, value]) => `  ${textConstant(key)} = ${textConstant(value)}`)
  return `CREATE TEMPORARY TABLE ${identifier(name)} (\n${parts.join(',\n')}\n) WITH (\n${settings.join(',\n')}\n)`
}

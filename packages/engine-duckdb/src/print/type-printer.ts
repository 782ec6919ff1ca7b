import { unsupported } from '../capabilities.ts'

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  bytes: 'BLOB',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
  json: 'VARCHAR',
}

/** DuckDB's name of a plan type. Timestamps are TIMESTAMPTZ as in the lake; JSON, lists and structs are their JSON text. */
export function printType(type: string): string {
  const known = TYPES[type]
  if (known !== undefined) return known
  if (type.startsWith('decimal(')) return type.toUpperCase()
  if (type.startsWith('list<') || type.startsWith('struct<')) return 'VARCHAR'
  throw unsupported(`values of type ${type}`, 'a column or literal')
}

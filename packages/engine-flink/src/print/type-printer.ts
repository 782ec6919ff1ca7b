import { unsupported } from '../capabilities.ts'

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int32: 'INT',
  int64: 'BIGINT',
  double: 'DOUBLE',
  string: 'STRING',
  bytes: 'BYTES',
  timestamp: 'TIMESTAMP_LTZ(3)',
  date: 'DATE',
  json: 'STRING',
}

/** Flink's name of a plan type. JSON, lists and structs are their JSON text. */
export function printType(type: string): string {
  const known = TYPES[type]
  if (known !== undefined) return known
  if (type.startsWith('decimal(')) return type.toUpperCase()
  if (type.startsWith('list<') || type.startsWith('struct<')) return 'STRING'
  throw unsupported(`values of type ${type}`, 'a column or literal')
}

import type { ExactJson } from '@millrace/connect'
import { type DataType, typeText } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'

type Connection = Awaited<ReturnType<Duckdb['connect']>>
/** The type of a Parquet column, as DuckDB has it. */
export type ParquetType = ReturnType<Awaited<ReturnType<Connection['runAndReadAll']>>['columnType']>

/** How a column is read: an expression, and what its values stand for in JSON. */
export interface ParquetColumn {
  readonly sql: string
  readonly read: (value: unknown) => ExactJson
}

const INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT']
/** Types of scalars, as DuckDB names them without what stands in brackets, by the contract's type. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['BOOLEAN'],
  int32: ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT'],
  int64: INTEGERS,
  double: ['FLOAT', 'DOUBLE'],
  decimal: ['DECIMAL', ...INTEGERS],
  string: ['VARCHAR', 'ENUM', 'UUID'],
  bytes: ['BLOB'],
  timestamp: ['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE'],
  date: ['DATE'],
  json: ['JSON', 'VARCHAR', 'STRUCT', 'MAP', 'LIST'],
}

/** The driver drops a byte order mark at the beginning of a text: behind another character it does not. */
const TEXT_MARK = '.'
/** A number of milliseconds that is no time: infinity's. */
const BEYOND_TIME = 9_000_000_000_000_000n
/** Microseconds of infinity; of minus infinity they are negative. */
const INFINITE = 2n ** 63n - 1n
const MICROS = ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE']

const asIs = (value: unknown): ExactJson => value as ExactJson
const unmarked = (value: unknown): ExactJson => (value as string).slice(TEXT_MARK.length)

/** Milliseconds, cut off downwards. */
const time = (value: unknown): ExactJson => {
  const { micros } = value as { readonly micros: bigint }
  return micros === INFINITE || micros === -INFINITE ? BEYOND_TIME : (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n
}
const base64 = (value: unknown): ExactJson => Buffer.from((value as { readonly bytes: Uint8Array }).bytes).toString('base64')

const READ_AS: Readonly<Record<string, (column: string, name: string) => ParquetColumn>> = {
  double: (column) => ({ sql: `${column}::DOUBLE`, read: asIs }),
  decimal: (column) => ({ sql: `${column}::VARCHAR`, read: asIs }),
  string: (column) => ({ sql: `'${TEXT_MARK}' || ${column}::VARCHAR`, read: unmarked }),
  bytes: (column) => ({ sql: `base64(${column})`, read: asIs }),
  timestamp: timeColumn,
  date: (column) => ({ sql: `${column}::VARCHAR`, read: asIs }),
}

/** How values lie in a column that is read as it is, by the contract's type: so as `vectorColumn` takes them. */
const LIES_AS: Readonly<Record<string, (column: string, name: string) => ParquetColumn>> = {
  int32: (column) => ({ sql: `${column}::INTEGER`, read: asIs }),
  int64: (column, name) => ({ sql: name === 'UBIGINT' ? column : `${column}::BIGINT`, read: asIs }),
  string: (column) => ({ sql: `${column}::VARCHAR`, read: asIs }),
  bytes: (column) => ({ sql: column, read: base64 }),
  timestamp: (column, name) =>
    name === 'TIMESTAMP_NS' ? timeColumn(column, name) : { sql: MICROS.includes(name) ? column : `${column}::TIMESTAMP`, read: time },
  json: (column, name) => ({ sql: `${isText(name) ? column : `to_json(${column})`}::VARCHAR`, read: asIs }),
}

/** The types of Parquet that a column of the type may have. */
export function parquetTypes(type: DataType): readonly string[] {
  if (type.kind === 'list') return [`LIST of ${parquetTypes(type.element).join(' or ')}`]
  return type.kind === 'struct' ? [`STRUCT of ${typeText(type)}`] : TYPES[type.kind]
}

/** How a column of a Parquet type is read as the contract's type; undefined where it is of another. Texts must be read with their byte order mark. */
export function parquetColumn(type: DataType, found: ParquetType, column: string): ParquetColumn | undefined {
  const element = elementColumn(type, found, column)
  return element && (LIES_AS[type.kind]?.(column, nameOf(found)) ?? element)
}

/** As a column, within a list or a struct too: values of theirs are read by the driver. */
function elementColumn(type: DataType, found: ParquetType, column: string, depth = 0): ParquetColumn | undefined {
  const name = nameOf(found)
  if (type.kind === 'list') return listColumn(type.element, found, { column, depth })
  if (type.kind === 'struct') return structColumn(type.fields, found, { column, depth })
  if (!TYPES[type.kind].includes(name)) return undefined
  if (type.kind === 'json') return jsonColumn(column, name)
  return READ_AS[type.kind]?.(column, name) ?? { sql: column, read: asIs }
}

interface ColumnPlace {
  readonly column: string
  readonly depth: number
}

function listColumn(element: DataType, found: ParquetType, { column, depth }: ColumnPlace): ParquetColumn | undefined {
  if (nameOf(found) !== 'LIST' || !('valueType' in found)) return undefined
  const each = `_e${depth}`
  const inner = elementColumn(element, found.valueType, each, depth + 1)
  if (inner === undefined) return undefined
  return {
    sql: `list_transform(${column}, lambda ${each}: ${inner.sql})`,
    read: (value) => (value as { readonly items: readonly unknown[] }).items.map((item) => elementOf(item, inner)),
  }
}

/** Fields are found by name: further ones are passed over, missing ones null, as in JSON. */
function structColumn(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  found: ParquetType,
  { column, depth }: ColumnPlace,
): ParquetColumn | undefined {
  if (nameOf(found) !== 'STRUCT' || !('entryNames' in found)) return undefined
  const present = fields.filter(({ name }) => found.entryNames.includes(name))
  const inner = present.map(({ name, type }) =>
    elementColumn(type, found.entryTypes[found.entryNames.indexOf(name)], `struct_extract(${column}, ${quotedText(name)})`, depth),
  )
  if (present.length === 0 || !inner.every((field) => field !== undefined)) return undefined
  const parts = inner.map(({ sql }, place) => `_f${place} := ${sql}`)
  return {
    sql: `CASE WHEN ${column} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`,
    read: (value) => {
      const { entries } = value as { readonly entries: Readonly<Record<string, unknown>> }
      return Object.fromEntries(present.map(({ name }, place) => [name, elementOf(entries[`_f${place}`], inner[place])]))
    },
  }
}

/** A double beyond its range is null, as anywhere in JSON. */
function elementOf(value: unknown, { read }: ParquetColumn): ExactJson {
  return value === null || (typeof value === 'number' && !Number.isFinite(value)) ? null : read(value)
}

/** Text is JSON text; of lists, structs and maps DuckDB makes JSON. */
function jsonColumn(column: string, name: string): ParquetColumn {
  return READ_AS.string(isText(name) ? column : `to_json(${column})`, name)
}

function isText(name: string): boolean {
  return name === 'VARCHAR' || name === 'JSON'
}

function nameOf(type: ParquetType): string {
  if (type.alias === 'JSON') return 'JSON'
  if ('keyType' in type) return 'MAP'
  if ('entryNames' in type) return 'STRUCT'
  return 'valueType' in type ? ('length' in type ? 'ARRAY' : 'LIST') : String(type).split('(')[0]
}

/** Milliseconds, cut off downwards: casts between units cut towards 1970. */
function timeColumn(column: string, name: string): ParquetColumn {
  const [units, perMs] = name === 'TIMESTAMP_NS' ? [`epoch_ns(${column})`, 1_000_000] : [`epoch_us(${column}::TIMESTAMP)`, 1_000]
  const floored = `(${units} - ((${units} % ${perMs}) + ${perMs}) % ${perMs}) // ${perMs}`
  return {
    sql: `CASE WHEN isfinite(${column}::TIMESTAMP) THEN ${floored} WHEN ${column} IS NULL THEN NULL ELSE ${BEYOND_TIME}::BIGINT END`,
    read: asIs,
  }
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

import { type DataType, parseType, userError } from '@millrace/core'

/** A type as it stands in an Iceberg schema: text of a primitive one, an object of a nested one. */
export type IcebergType = string | IcebergList | IcebergStruct

export interface IcebergList {
  readonly type: 'list'
  readonly 'element-id': number
  readonly 'element-required': boolean
  readonly element: IcebergType
}

export interface IcebergStruct {
  readonly type: 'struct'
  readonly fields: readonly { readonly id: number; readonly name: string; readonly required: boolean; readonly type: IcebergType }[]
}

interface TypeRow {
  readonly iceberg: string
  readonly duckdb: string
}

const BY_TYPE: Readonly<Record<string, TypeRow>> = {
  boolean: { iceberg: 'boolean', duckdb: 'BOOLEAN' },
  int32: { iceberg: 'int', duckdb: 'INTEGER' },
  int64: { iceberg: 'long', duckdb: 'BIGINT' },
  double: { iceberg: 'double', duckdb: 'DOUBLE' },
  string: { iceberg: 'string', duckdb: 'VARCHAR' },
  json: { iceberg: 'string', duckdb: 'VARCHAR' },
  bytes: { iceberg: 'binary', duckdb: 'BLOB' },
  timestamp: { iceberg: 'timestamptz', duckdb: 'TIMESTAMPTZ' },
  date: { iceberg: 'date', duckdb: 'DATE' },
}
const OFFERED = [...Object.keys(BY_TYPE), 'decimal(p,s)', 'list<T>', 'struct<name:T,…>']

/** Our type for a type that tables of other writers have; ours come back by BY_TYPE, and `json` by a table property. */
const BY_ICEBERG: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int32',
  long: 'int64',
  float: 'double',
  double: 'double',
  string: 'string',
  uuid: 'string',
  binary: 'bytes',
  timestamptz: 'timestamp',
  timestamp: 'timestamp',
  date: 'date',
}

const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/

/** How the parts of a nested type are numbered. */
export interface PartIds {
  readonly next: () => number
  /** Told of parts that are JSON, which Iceberg does not tell from strings. */
  readonly onJson: (id: number) => void
}

/** The Iceberg type of one of our types. @throws `lake/unsupported-type` */
export function icebergType(type: string, column: string, ids: PartIds): IcebergType {
  const parsed = parseType(type)
  if (parsed === undefined) throw unsupported(type, column)
  return ofParsed(parsed, ids)
}

function ofParsed(type: DataType, ids: PartIds): IcebergType {
  if (type.kind === 'decimal') return `decimal(${type.precision}, ${type.scale})`
  if (type.kind === 'list') {
    const id = ids.next()
    if (type.element.kind === 'json') ids.onJson(id)
    return { type: 'list', 'element-id': id, 'element-required': false, element: ofParsed(type.element, ids) }
  }
  if (type.kind !== 'struct') return BY_TYPE[type.kind].iceberg
  const own = type.fields.map(() => ids.next())
  for (const [place, field] of type.fields.entries()) if (field.type.kind === 'json') ids.onJson(own[place])
  const fields = type.fields.map((field, place) => ({
    id: own[place],
    name: field.name,
    required: false,
    type: ofParsed(field.type, ids),
  }))
  return { type: 'struct', fields }
}

/** Our type of an Iceberg type; `ours` has those that Iceberg does not tell apart, by field id. @throws `lake/unsupported-type` for maps and unknown types */
export function typeOfIceberg(type: unknown, column: string, ours: Readonly<Record<string, string>> = {}): string {
  const ofPart = (id: number, part: unknown): string => ours[String(id)] ?? typeOfIceberg(part, column, ours)
  if (isList(type)) return `list<${ofPart(type['element-id'], type.element)}>`
  if (isStruct(type)) return `struct<${type.fields.map((field) => `${field.name}:${ofPart(field.id, field.type)}`).join(',')}>`
  if (typeof type !== 'string') throw unsupported(JSON.stringify(type), column)
  const decimal = DECIMAL.exec(type)
  if (decimal !== null) return `decimal(${decimal[1]},${decimal[2]})`
  const known = BY_ICEBERG[type]
  if (known === undefined) throw unsupported(type, column)
  return known
}

export function isList(type: unknown): type is IcebergList {
  return typeof type === 'object' && (type as IcebergList | null)?.type === 'list'
}

export function isStruct(type: unknown): type is IcebergStruct {
  return typeof type === 'object' && (type as IcebergStruct | null)?.type === 'struct'
}

/** The DuckDB type in which a column of this type is read and written. */
export function duckdbType(type: string): string {
  const parsed = parseType(type)
  return parsed === undefined ? type.toUpperCase() : ofDuckdb(parsed)
}

function ofDuckdb(type: DataType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision}, ${type.scale})`
  if (type.kind === 'list') return `${ofDuckdb(type.element)}[]`
  if (type.kind !== 'struct') return BY_TYPE[type.kind].duckdb
  return `STRUCT(${type.fields.map(({ name, type: inner }) => `"${name.replaceAll('"', '""')}" ${ofDuckdb(inner)}`).join(', ')})`
}

function unsupported(type: string, column: string): Error {
  return userError(
    'lake/unsupported-type',
    `Column \`${column}\` has type ${type}, which lake tables do not hold; use one of ${OFFERED.join(', ')}.`,
    {
      asked: type,
      found: OFFERED,
      do: 'Give the column one of the types found.',
    },
  )
}

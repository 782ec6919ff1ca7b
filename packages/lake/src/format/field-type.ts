import { userError } from '@millrace/core'

/** A primitive type of an Iceberg schema. */
export type IcebergType = string

interface TypeRow {
  readonly iceberg: IcebergType
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

/** The Iceberg type of one of our types. @throws `lake/unsupported-type` */
export function icebergType(type: string, column: string): IcebergType {
  const row = BY_TYPE[type]
  if (row === undefined) throw unsupported(type, column)
  return row.iceberg
}

/** Our type of an Iceberg type. @throws `lake/unsupported-type` for nested and unknown types */
export function typeOfIceberg(type: unknown, column: string): string {
  if (typeof type !== 'string') throw unsupported(JSON.stringify(type), column)
  const decimal = DECIMAL.exec(type)
  if (decimal !== null) return `decimal(${decimal[1]},${decimal[2]})`
  const known = BY_ICEBERG[type]
  if (known === undefined) throw unsupported(type, column)
  return known
}

/** The DuckDB type in which a column of this type is read and written. */
export function duckdbType(type: string): string {
  return BY_TYPE[type]?.duckdb ?? type.toUpperCase()
}

function unsupported(type: string, column: string): Error {
  return userError(
    'lake/unsupported-type',
    `Column \`${column}\` has type ${type}, which lake tables do not hold; use one of ${Object.keys(BY_TYPE).join(', ')}.`,
    {
      asked: type,
      found: Object.keys(BY_TYPE),
      do: 'Give the column one of the types found.',
    },
  )
}

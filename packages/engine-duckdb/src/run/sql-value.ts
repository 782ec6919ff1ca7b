import {
  type DuckDBArrayType,
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api'

/** A value as `--json` prints it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

const DAY_MS = 86_400_000
const TIME_LIMIT_MS = 8.64e15

const NAMES: Readonly<Record<number, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'int32',
  [DuckDBTypeId.SMALLINT]: 'int32',
  [DuckDBTypeId.INTEGER]: 'int32',
  [DuckDBTypeId.UTINYINT]: 'int32',
  [DuckDBTypeId.USMALLINT]: 'int32',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.UINTEGER]: 'int64',
  [DuckDBTypeId.FLOAT]: 'double',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.VARCHAR]: 'string',
  [DuckDBTypeId.ENUM]: 'string',
  [DuckDBTypeId.BLOB]: 'bytes',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.SQLNULL]: 'null',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
}

/** The name of a result's type: the plan's where there is one (`BIGINT` is `int64`), else DuckDB's in lower case. */
export function typeName(type: DuckDBType): string {
  if (type.alias === 'JSON') return 'json'
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return `decimal(${(type as DuckDBDecimalType).width},${(type as DuckDBDecimalType).scale})`
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `list<${typeName((type as DuckDBListType | DuckDBArrayType).valueType)}>`
    case DuckDBTypeId.MAP:
      return `map<${typeName((type as DuckDBMapType).keyType)},${typeName((type as DuckDBMapType).valueType)}>`
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      return `struct<${entryNames.map((name, i) => `${name}:${typeName(entryTypes[i])}`).join(',')}>`
    }
    default:
      return NAMES[type.typeId] ?? String(type).toLowerCase()
  }
}

/** Times are ISO 8601 in milliseconds, integers beyond ±(2^53 − 1) and decimals text, bytes base64; NaN, infinities and infinite times null. */
export function jsonValue(value: DuckDBValue, type: DuckDBType): JsonValue {
  if (value === null) return null
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value + 0 : null
    case 'bigint':
      return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
    case 'object':
      return objectValue(value, type)
    default:
      return value
  }
}

function objectValue(value: Exclude<DuckDBValue, null | boolean | number | bigint | string>, type: DuckDBType): JsonValue {
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return isoTime((value as { readonly micros: bigint }).micros, 1_000n)
    case DuckDBTypeId.TIMESTAMP_NS:
      return isoTime((value as { readonly nanos: bigint }).nanos, 1_000_000n)
    case DuckDBTypeId.TIMESTAMP_MS:
      return isoTime((value as { readonly millis: bigint }).millis, 1n)
    case DuckDBTypeId.TIMESTAMP_S:
      return isoTime((value as { readonly seconds: bigint }).seconds * 1_000n, 1n)
    case DuckDBTypeId.DATE:
      return isoDate((value as DuckDBDateValue).days)
    case DuckDBTypeId.BLOB:
      return Buffer.from((value as DuckDBBlobValue).bytes).toString('base64')
    default:
      return nestedValue(value, type)
  }
}

function nestedValue(value: object, type: DuckDBType): JsonValue {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return (value as DuckDBListValue).items.map((item) => jsonValue(item, (type as DuckDBListType).valueType))
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      const { entries } = value as DuckDBStructValue
      return Object.fromEntries(entryNames.map((name, i) => [name, jsonValue(entries[name], entryTypes[i])]))
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      return (value as DuckDBMapValue).entries.map((entry) => [jsonValue(entry.key, keyType), jsonValue(entry.value, valueType)])
    }
    case DuckDBTypeId.UNION:
      return String((value as DuckDBUnionValue).value)
    default:
      return String(value)
  }
}

function isoTime(units: bigint, perMs: bigint): string | null {
  const ms = Number((units - (((units % perMs) + perMs) % perMs)) / perMs)
  return Math.abs(ms) > TIME_LIMIT_MS ? null : new Date(ms).toISOString()
}

function isoDate(days: number): string | null {
  const ms = days * DAY_MS
  return Math.abs(ms) > TIME_LIMIT_MS ? null : new Date(ms).toISOString().split('T')[0]
}

import type { ColumnType, Generated } from 'kysely'

/** JSON kept as such; integers beyond ±(2^53−1) are bigint on both ways. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** A jsonb column: read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>
type Stamp = Generated<Date>

/** Iceberg's JDBC catalog, as its V1 schema has it. */
export interface IcebergTablesTable {
  catalog_name: string
  table_namespace: string
  table_name: string
  metadata_location: string | null
  previous_metadata_location: string | null
  iceberg_type: string | null
}

/** Iceberg's JDBC catalog: a namespace is a row with the property `exists`. */
export interface IcebergNamespacePropertiesTable {
  catalog_name: string
  namespace: string
  property_key: string
  property_value: string | null
}

/** Bounded inputs that were run. */
export interface InputsTable {
  id: string
  env: string
  project: string
  names: Json<string[]>
  consumed_bytes: number
  prefix_sha256: string
  total_bytes: number | null
  total_sha256: string | null
  created_at: Stamp
  updated_at: Stamp
}

/** The ledger of alerts that were raised. */
export interface AlertsTable {
  id: string
  env: string
  scope: string
  asset: string
  key: Json<JsonValue>
  window_start: Date | null
  window_end: Date | null
  evidence: Json<JsonValue>
  raised_at: Date
  sample_offsets: Json<JsonValue>
}

/** All tables of the store. */
export interface StoreSchema {
  iceberg_tables: IcebergTablesTable
  iceberg_namespace_properties: IcebergNamespacePropertiesTable
  'millrace.inputs': InputsTable
  'millrace.alerts': AlertsTable
}

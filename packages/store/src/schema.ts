import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

/** JSON kept as such; integers beyond ±(2^53−1) are bigint on both ways. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** A jsonb or json column: read as a value, written as JSON text. */
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
  score: number | null
  model: string | null
  model_version: number | null
  threshold: number | null
  usual: ColumnType<JsonValue | null, string | null, string | null>
  contributions: ColumnType<JsonValue | null, string | null, string | null>
  runbook: string | null
}

/** Messages to the outside; one row per message and destination. */
export interface OutboxTable {
  id: string
  destination: string
  env: string
  payload: Json<JsonValue>
  state: Generated<'pending' | 'delivered' | 'failed'>
  attempts: Generated<number>
  refusals: Generated<number>
  created_at: Stamp
  next_attempt_at: Stamp
  lease: Generated<string | null>
  leased_until: Generated<Date | null>
  last_error: Generated<string | null>
  delivered_at: Generated<Date | null>
  settled_at: Generated<Date | null>
}

/** What a gate found when a version was judged. */
export interface GateRecord {
  readonly name: string
  /** Null when there was nothing to measure. */
  readonly value: number | null
  readonly limit: number
  readonly passed: boolean
  /** One sentence with the values that decided. */
  readonly evidence: string
}

/** Versions of models; a row never changes. */
export interface ModelVersionsTable {
  project: string
  model: string
  version: number
  status: 'deployable' | 'refused'
  source: 'trained' | 'registered'
  artifact_sha256: string
  features: Json<string[]>
  threshold: number
  plan_hash: string | null
  profile: Json<JsonValue>
  figures: Json<JsonValue>
  gates: Json<GateRecord[]>
  training_set: ColumnType<JsonValue | null, string | null, never>
  created_at: Stamp
}

/** What was deployed, in order; rows are only added. */
export interface DeploymentsTable {
  id: GeneratedAlways<number>
  env: string
  project: string
  model: string
  version: number
  reason: 'deploy' | 'rollback'
  deployed_by: string
  deployed_at: Stamp
}

/** Requests to compute a stretch of a table anew; times are epoch ms. */
export interface BackfillsTable {
  id: string
  env: string
  scope: string
  project: string
  asset: string
  definition: string
  from_ms: number
  to_ms: number
  slice_ms: number
  created_at: Stamp
  finished_at: Generated<Date | null>
}

/** The slices of a backfill. */
export interface BackfillSlicesTable {
  backfill: string
  from_ms: number
  to_ms: number
  state: Generated<'pending' | 'running' | 'done' | 'failed'>
  attempts: Generated<number>
  rows: Generated<number | null>
  changed: Generated<number | null>
  snapshot: Generated<number | null>
  error: Generated<string | null>
  updated_at: Stamp
}

/** All tables of the store. */
export interface StoreSchema {
  iceberg_tables: IcebergTablesTable
  iceberg_namespace_properties: IcebergNamespacePropertiesTable
  'millrace.inputs': InputsTable
  'millrace.alerts': AlertsTable
  'millrace.outbox': OutboxTable
  'millrace.model_versions': ModelVersionsTable
  'millrace.deployments': DeploymentsTable
  'millrace.backfills': BackfillsTable
  'millrace.backfill_slices': BackfillSlicesTable
}

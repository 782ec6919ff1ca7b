import type { TableName } from '@millrace/core'
import { operatingError } from '@millrace/core'
import type { Whole } from './lossless-json.ts'

/** A field of an Iceberg schema as it stands in JSON. */
export interface SchemaField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: unknown
}

export interface TableSchema {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly fields: readonly SchemaField[]
}

export interface PartitionField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  readonly transform: string
}

export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}

export interface SnapshotEntry {
  readonly 'snapshot-id': Whole
  readonly 'parent-snapshot-id'?: Whole | null
  readonly 'sequence-number'?: number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary?: Readonly<Record<string, string>>
  readonly 'schema-id'?: number
}

export interface SnapshotRef {
  readonly 'snapshot-id': Whole
  readonly type: string
}

/**
 * Table metadata, format version 2 (Iceberg spec, "Table Metadata"). Keys that are not named here are kept as they are:
 * a table is shared with writers that know more of them.
 */
export interface TableMetadata {
  readonly 'format-version': number
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly TableSchema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly unknown[]
  readonly properties?: Readonly<Record<string, string>>
  readonly 'current-snapshot-id'?: Whole | null
  readonly refs?: Readonly<Record<string, SnapshotRef>>
  readonly snapshots?: readonly SnapshotEntry[]
  readonly 'snapshot-log'?: readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': Whole }[]
  readonly 'metadata-log'?: readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[]
}

/** Earlier metadata files that the log names; the default of Iceberg's own writers. */
const METADATA_LOG_MAX = 100
/** Snapshots that a table's metadata lists; older ones are forgotten, their data files stay as long as a later snapshot holds them. */
export const SNAPSHOTS_MAX = 500

/** The schema that new data follows. */
export function currentSchema(metadata: TableMetadata): TableSchema {
  return schemaOf(metadata, metadata['current-schema-id'])
}

export function schemaOf(metadata: TableMetadata, id: number | undefined): TableSchema {
  return (
    metadata.schemas.find((schema) => schema['schema-id'] === id) ??
    metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id']) ??
    metadata.schemas[0]
  )
}

/** Iceberg type of a column, also of one that is dropped; of a widened one, the widest that it came to. */
export function sourceType(metadata: TableMetadata, id: number): unknown {
  const schemas = [currentSchema(metadata), ...metadata.schemas.toReversed()]
  return schemas.flatMap((schema) => schema.fields.filter((field) => field.id === id))[0]?.type
}

export function specOf(metadata: TableMetadata, id: number): PartitionSpec {
  return metadata['partition-specs'].find((spec) => spec['spec-id'] === id) ?? { 'spec-id': id, fields: [] }
}

export function defaultSpec(metadata: TableMetadata): PartitionSpec {
  return specOf(metadata, metadata['default-spec-id'])
}

/** The snapshot that readers see, or undefined of an empty table. Some writers mark "none" by −1 or null. */
export function currentEntry(metadata: TableMetadata): SnapshotEntry | undefined {
  return entryOf(metadata, metadata['current-snapshot-id'])
}

export function entryOf(metadata: TableMetadata, id: Whole | null | undefined): SnapshotEntry | undefined {
  return id === null || id === undefined ? undefined : metadata.snapshots?.find((entry) => entry['snapshot-id'] === id)
}

/** `metadata` as it is to be, on top of the metadata file `previous`. */
export function withUpdate(metadata: TableMetadata, update: Partial<TableMetadata>, previous: string): TableMetadata {
  const log = [...(metadata['metadata-log'] ?? []), { 'timestamp-ms': metadata['last-updated-ms'], 'metadata-file': previous }]
  return {
    ...metadata,
    'last-updated-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    ...update,
    'metadata-log': log.slice(-METADATA_LOG_MAX),
  }
}

/** `metadata` with one more snapshot, which the main branch then names, and without those that are `dropped`. */
export function withSnapshot(
  metadata: TableMetadata,
  entry: SnapshotEntry,
  { previous, dropped = new Set() }: { readonly previous: string; readonly dropped?: ReadonlySet<Whole> },
): TableMetadata {
  const id = entry['snapshot-id']
  const at = entry['timestamp-ms']
  const grown: TableMetadata = {
    ...metadata,
    snapshots: [...(metadata.snapshots ?? []), entry],
    'snapshot-log': [...(metadata['snapshot-log'] ?? []), { 'timestamp-ms': at, 'snapshot-id': id }],
  }
  const update: Partial<TableMetadata> = {
    'last-sequence-number': entry['sequence-number'] ?? metadata['last-sequence-number'] + 1,
    'last-updated-ms': at,
    'current-snapshot-id': id,
    refs: { ...metadata.refs, main: { ...metadata.refs?.main, 'snapshot-id': id, type: 'branch' } },
    ...withoutSnapshots(grown, dropped),
  }
  return withUpdate(metadata, update, previous)
}

/** What remains of a table's snapshots without the dropped ones; the log begins after the last that is gone. */
export function withoutSnapshots(metadata: TableMetadata, dropped: ReadonlySet<Whole>): Partial<TableMetadata> {
  const snapshots = (metadata.snapshots ?? []).filter((one) => !dropped.has(one['snapshot-id']))
  const log = metadata['snapshot-log'] ?? []
  const gap = dropped.size === 0 ? -1 : log.findLastIndex((one) => dropped.has(one['snapshot-id']))
  const statistics = ['statistics', 'partition-statistics'].flatMap((key) => {
    const listed = (metadata as unknown as Record<string, readonly { readonly 'snapshot-id': Whole }[] | undefined>)[key]
    return listed === undefined ? [] : [[key, listed.filter((one) => !dropped.has(one['snapshot-id']))]]
  })
  return { snapshots, 'snapshot-log': log.slice(gap + 1), ...Object.fromEntries(statistics) }
}

/** The oldest snapshots beyond those that metadata lists; never one that a branch or tag names. */
export function surplusSnapshots(metadata: TableMetadata): readonly SnapshotEntry[] {
  const all = metadata.snapshots ?? []
  if (all.length < SNAPSHOTS_MAX) return []
  const named = new Set(Object.values(metadata.refs ?? {}).map((ref) => ref['snapshot-id']))
  return all.slice(0, all.length + 1 - SNAPSHOTS_MAX).filter((one) => !named.has(one['snapshot-id']))
}

/** Metadata files that the log of `metadata` listed and that of `next` does not list any more. */
export function forgottenMetadataFiles(metadata: TableMetadata, next: TableMetadata): readonly string[] {
  const kept = new Set((next['metadata-log'] ?? []).map((one) => one['metadata-file']))
  return (metadata['metadata-log'] ?? []).map((one) => one['metadata-file']).filter((file) => !kept.has(file))
}

/** @throws `lake/format-version` when the table is not of version 2 */
export function checkVersion(metadata: TableMetadata, { namespace, table }: TableName): void {
  const version = metadata['format-version']
  if (version === 2) return
  throw operatingError(
    'lake/format-version',
    `Table \`${namespace}.${table}\` is of Iceberg format version ${version}; Millrace reads and writes version 2.`,
    {
      asked: 2,
      found: version,
      do: 'Rewrite the table in format version 2 with the program that made it.',
    },
  )
}

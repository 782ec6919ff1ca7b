import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from './durable-file.ts'
import type { DataFileWritten } from './feed/data-writer.ts'
import { FILE_PREFIX } from './file-name.ts'
import { intBound } from './format/bound.ts'
import { locationOf, pathOf } from './format/location.ts'
import type { Whole } from './format/lossless-json.ts'
import { ADDED, type DataFile, DELETED, EXISTING, encodeManifest, type ManifestEntry, partitionTypeOf } from './format/manifest.ts'
import { DATA_CONTENT, type ManifestRef, type PartitionSummary } from './format/manifest-list.ts'
import { currentSchema, defaultSpec, type PartitionSpec, specOf, type TableMetadata } from './format/table-metadata.ts'
import type { TableReader } from './table-reader.ts'

/** Manifests of a snapshot; with more of them, small ones become one. */
const MANIFESTS_MAX = 50
/** Manifests of this size are left alone by merges; Iceberg's own default target. */
const MERGED_BYTES_MAX = 8 * 1024 * 1024

export interface ManifestTarget {
  readonly folder: string
  readonly uuid: string
  readonly snapshotId: number
}

/** Writes the manifest of the files that an append adds. Its sequence numbers are inherited at commit, so that it outlives a retry. */
export async function writeManifest(
  metadata: TableMetadata,
  { folder, uuid, snapshotId, files }: ManifestTarget & { readonly files: readonly DataFileWritten[] },
): Promise<ManifestRef> {
  const spec = defaultSpec(metadata)
  const entries = files.map(
    (file): ManifestEntry => ({
      status: ADDED,
      snapshot_id: snapshotId,
      sequence_number: null,
      file_sequence_number: null,
      data_file: dataFileOf(file, spec),
    }),
  )
  const path = join(folder, `${FILE_PREFIX}${uuid}-m0.avro`)
  await writeDurably(path, encodeManifest({ schema: currentSchema(metadata), spec, partitionType: partitionTypeOf(spec), entries }))
  return {
    ...(await refTo(path, spec, snapshotId)),
    sequence_number: 0,
    min_sequence_number: 0,
    added_files_count: files.length,
    added_rows_count: files.reduce((sum, file) => sum + file.rows, 0),
    partitions: spec.fields.map(() => daySummary(files.map((file) => file.day ?? null))),
  }
}

function dataFileOf(file: DataFileWritten, spec: PartitionSpec): DataFile {
  const { columns } = file
  const bounds = (side: 'lower' | 'upper') => columns.flatMap(({ id, [side]: value }) => (value === undefined ? [] : [{ key: id, value }]))
  return {
    content: DATA_CONTENT,
    file_path: locationOf(file.path),
    file_format: 'PARQUET',
    partition: Object.fromEntries(spec.fields.map(({ name }) => [name, file.day ?? null])),
    record_count: file.rows,
    file_size_in_bytes: file.bytes,
    column_sizes: columns.map(({ id, bytes }) => ({ key: id, value: bytes })),
    value_counts: columns.map(({ id, values }) => ({ key: id, value: values })),
    null_value_counts: columns.map(({ id, nulls }) => ({ key: id, value: nulls })),
    nan_value_counts: null,
    lower_bounds: bounds('lower'),
    upper_bounds: bounds('upper'),
    key_metadata: null,
    split_offsets: null,
    equality_ids: null,
    sort_order_id: 0,
  }
}

function daySummary(days: readonly (number | null)[]): PartitionSummary {
  const known = days.filter((day) => day !== null)
  return {
    contains_null: known.length < days.length,
    contains_nan: null,
    lower_bound: known.length === 0 ? null : intBound(Math.min(...known)),
    upper_bound: known.length === 0 ? null : intBound(Math.max(...known)),
  }
}

async function refTo(path: string, spec: PartitionSpec, snapshotId: Whole): Promise<ManifestRef> {
  const { size } = await stat(path)
  return {
    manifest_path: locationOf(path),
    manifest_length: size,
    partition_spec_id: spec['spec-id'],
    content: DATA_CONTENT,
    sequence_number: 0,
    min_sequence_number: 0,
    added_snapshot_id: snapshotId,
    added_files_count: 0,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: 0,
    existing_rows_count: 0,
    deleted_rows_count: 0,
    partitions: null,
    key_metadata: null,
  }
}

export interface MergeTarget extends ManifestTarget {
  readonly attempt: number
  readonly sequenceNumber: number
}

/** The manifests a new snapshot takes over: as they are, or, when they are many, with small ones of one partition spec put together. */
export async function mergeManifests(
  reader: TableReader,
  metadata: TableMetadata,
  manifests: readonly ManifestRef[],
  target: MergeTarget,
): Promise<{ manifests: readonly ManifestRef[]; made: readonly string[] }> {
  if (manifests.length < MANIFESTS_MAX) return { manifests, made: [] }
  const small = manifests.filter((ref) => ref.content === DATA_CONTENT && Number(ref.manifest_length) < MERGED_BYTES_MAX)
  const groups = new Map<string, ManifestRef[]>()
  for (const ref of small) {
    const { partitionType } = await reader.manifest(ref)
    const key = `${ref.partition_spec_id} ${JSON.stringify(partitionType)}`
    groups.set(key, [...(groups.get(key) ?? []), ref])
  }
  const made: string[] = []
  const gone = new Set<ManifestRef>()
  const merged: ManifestRef[] = []
  for (const group of groups.values()) {
    if (group.length < 2) continue
    const ref = await writeMerged(reader, metadata, group, { ...target, number: merged.length + 1 })
    for (const one of group) gone.add(one)
    merged.push(ref)
    made.push(pathOf(ref.manifest_path))
  }
  return { manifests: [...merged, ...manifests.filter((ref) => !gone.has(ref))], made }
}

async function writeMerged(
  reader: TableReader,
  metadata: TableMetadata,
  group: readonly ManifestRef[],
  target: MergeTarget & { readonly number: number },
): Promise<ManifestRef> {
  const entries: ManifestEntry[] = []
  for (const ref of group.toReversed()) entries.push(...existingEntries((await reader.manifest(ref)).entries, ref))
  const { partitionType } = await reader.manifest(group[0])
  const spec = specOf(metadata, group[0].partition_spec_id)
  const path = join(target.folder, `${FILE_PREFIX}${target.uuid}-merged-${target.attempt}-${target.number}.avro`)
  await writeDurably(path, encodeManifest({ schema: currentSchema(metadata), spec, partitionType, entries }))
  return {
    ...(await refTo(path, spec, target.snapshotId)),
    sequence_number: target.sequenceNumber,
    min_sequence_number: least(entries.map((entry) => entry.sequence_number ?? 0)),
    existing_files_count: entries.length,
    existing_rows_count: entries.reduce((sum, entry) => sum + Number(entry.data_file.record_count), 0),
    partitions: mergedSummaries(spec, group),
  }
}

/** Live entries with what they inherited from the manifest list written out. */
function existingEntries(entries: readonly ManifestEntry[], ref: ManifestRef): ManifestEntry[] {
  return entries
    .filter((entry) => entry.status !== DELETED)
    .map((entry) => ({
      ...entry,
      status: EXISTING,
      snapshot_id: entry.snapshot_id ?? ref.added_snapshot_id,
      sequence_number: entry.sequence_number ?? ref.sequence_number,
      file_sequence_number: entry.file_sequence_number ?? ref.sequence_number,
    }))
}

function least(numbers: readonly Whole[]): Whole {
  let low: Whole = numbers[0] ?? 0
  for (const value of numbers) if (value < low) low = value
  return low
}

/** Summaries of day partitions together; null where a manifest has none, or a partition is not by day. */
function mergedSummaries(spec: PartitionSpec, group: readonly ManifestRef[]): PartitionSummary[] | null {
  if (spec.fields.some((field) => field.transform !== 'day')) return null
  if (group.some((ref) => ref.partitions?.length !== spec.fields.length)) return null
  return spec.fields.map((_, place) => {
    const parts = group.flatMap((ref) => ref.partitions?.[place] ?? [])
    const bounds = parts.flatMap((part) => [part.lower_bound, part.upper_bound]).filter((bound) => bound !== null)
    return {
      ...daySummary(bounds.map((bound) => Buffer.from(bound).readInt32LE())),
      contains_null: parts.some((part) => part.contains_null),
    }
  })
}

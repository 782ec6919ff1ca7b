import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from './durable-file.ts'
import type { DataFileWritten } from './feed/data-writer.ts'
import { FILE_PREFIX } from './file-name.ts'
import { locationOf, pathOf } from './format/location.ts'
import type { Whole } from './format/lossless-json.ts'
import { ADDED, type DataFile, DELETED, EXISTING, encodeManifest, type ManifestEntry, partitionTypeOf } from './format/manifest.ts'
import { DATA_CONTENT, type ManifestRef } from './format/manifest-list.ts'
import { currentSchema, specOf, type TableMetadata } from './format/table-metadata.ts'
import { avroPartition, avroType, type BoundField, boundFields, joinedSummaries, summariesOf } from './partition/partition-value.ts'
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

/** Writes the manifests of the files that a commit adds, one for each partition spec. Their sequence numbers are inherited at commit, so that they outlive a retry. */
export async function writeManifests(
  metadata: TableMetadata,
  target: ManifestTarget & { readonly files: readonly DataFileWritten[] },
): Promise<ManifestRef[]> {
  const bySpec = Map.groupBy(target.files, (file) => file.specId)
  const refs: ManifestRef[] = []
  for (const [specId, files] of bySpec) refs.push(await writeManifest(metadata, { ...target, specId, files, number: refs.length }))
  return refs
}

async function writeManifest(
  metadata: TableMetadata,
  {
    folder,
    uuid,
    snapshotId,
    specId,
    files,
    number,
  }: ManifestTarget & { readonly specId: number; readonly files: readonly DataFileWritten[]; readonly number: number },
): Promise<ManifestRef> {
  const spec = specOf(metadata, specId)
  const fields = boundFields(spec, metadata)
  const entries = files.map(
    (file): ManifestEntry => ({
      status: ADDED,
      snapshot_id: snapshotId,
      sequence_number: null,
      file_sequence_number: null,
      data_file: dataFileOf(file, fields),
    }),
  )
  const path = join(folder, `${FILE_PREFIX}${uuid}-m${number}.avro`)
  const partitionType = partitionTypeOf(fields.map((field) => ({ ...field, type: avroType(field.resultType, field.name) })))
  await writeDurably(path, encodeManifest({ schema: currentSchema(metadata), spec, partitionType, entries }))
  return {
    ...(await refTo(path, specId, snapshotId)),
    added_files_count: files.length,
    added_rows_count: files.reduce((sum, file) => sum + file.rows, 0),
    partitions: summariesOf(
      fields,
      files.map((file) => file.tuple),
    ),
  }
}

function dataFileOf(file: DataFileWritten, fields: readonly BoundField[]): DataFile {
  const { columns } = file
  const bounds = (side: 'lower' | 'upper') => columns.flatMap(({ id, [side]: value }) => (value === undefined ? [] : [{ key: id, value }]))
  return {
    content: DATA_CONTENT,
    file_path: locationOf(file.path),
    file_format: 'PARQUET',
    partition: avroPartition(fields, file.tuple),
    record_count: file.rows,
    file_size_in_bytes: file.bytes,
    column_sizes: columns.map(({ id, bytes }) => ({ key: id, value: bytes })),
    value_counts: columns.map(({ id, values }) => ({ key: id, value: values })),
    null_value_counts: columns.map(({ id, nulls }) => ({ key: id, value: nulls })),
    nan_value_counts: columns.flatMap(({ id, nans }) => (nans === undefined ? [] : [{ key: id, value: nans }])),
    lower_bounds: bounds('lower'),
    upper_bounds: bounds('upper'),
    key_metadata: null,
    split_offsets: null,
    equality_ids: null,
    sort_order_id: 0,
  }
}

async function refTo(path: string, specId: number, snapshotId: Whole): Promise<ManifestRef> {
  const { size } = await stat(path)
  return {
    manifest_path: locationOf(path),
    manifest_length: size,
    partition_spec_id: specId,
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

/** Of one attempt to commit. */
export interface AttemptTarget extends ManifestTarget {
  readonly attempt: number
  readonly sequenceNumber: number
}

export interface KeptManifests {
  readonly manifests: readonly ManifestRef[]
  /** Paths of new manifests among them. */
  readonly made: readonly string[]
}

/** The manifests that a new snapshot takes over. Those that name a removed file are written anew, with that file marked as deleted. */
export async function keepManifests(
  reader: TableReader,
  metadata: TableMetadata,
  manifests: readonly ManifestRef[],
  target: AttemptTarget & { readonly removed: ReadonlySet<string> },
): Promise<KeptManifests> {
  const live = manifests.filter((ref) => ref.added_files_count + ref.existing_files_count > 0 || ref.content !== DATA_CONTENT)
  if (target.removed.size === 0) return mergeManifests(reader, metadata, live, target)
  const replaced = new Map<ManifestRef, ManifestRef>()
  for (const ref of live) {
    const { entries } = await reader.manifest(ref)
    if (!entries.some((entry) => entry.status !== DELETED && target.removed.has(pathOf(entry.data_file.file_path)))) continue
    replaced.set(ref, await writeWithout(reader, metadata, ref, { ...target, number: replaced.size + 1 }))
  }
  const written = [...replaced.values()]
  const untouched = live.filter((ref) => !replaced.has(ref))
  const merged = await mergeManifests(reader, metadata, untouched, target)
  return {
    manifests: merged.made.length === 0 ? live.map((ref) => replaced.get(ref) ?? ref) : [...merged.manifests, ...written],
    made: [...merged.made, ...written.map((ref) => pathOf(ref.manifest_path))],
  }
}

async function writeWithout(
  reader: TableReader,
  metadata: TableMetadata,
  ref: ManifestRef,
  target: AttemptTarget & { readonly removed: ReadonlySet<string>; readonly number: number },
): Promise<ManifestRef> {
  const { entries: before, partitionType } = await reader.manifest(ref)
  const entries = existingEntries(before, ref).map(
    (entry): ManifestEntry =>
      target.removed.has(pathOf(entry.data_file.file_path)) ? { ...entry, status: DELETED, snapshot_id: target.snapshotId } : entry,
  )
  const spec = specOf(metadata, ref.partition_spec_id)
  const path = join(target.folder, `${FILE_PREFIX}${target.uuid}-without-${target.attempt}-${target.number}.avro`)
  await writeDurably(path, encodeManifest({ schema: currentSchema(metadata), spec, partitionType, entries }))
  const [deleted, kept] = [entries.filter(({ status }) => status === DELETED), entries.filter(({ status }) => status !== DELETED)]
  return {
    ...(await refTo(path, ref.partition_spec_id, target.snapshotId)),
    sequence_number: target.sequenceNumber,
    min_sequence_number: least(entries.map((entry) => entry.sequence_number ?? 0)),
    existing_files_count: kept.length,
    existing_rows_count: rowsOf(kept),
    deleted_files_count: deleted.length,
    deleted_rows_count: rowsOf(deleted),
    partitions: ref.partitions,
  }
}

/** Manifests as they are, or, when they are many, with small ones of one partition spec put together. */
async function mergeManifests(
  reader: TableReader,
  metadata: TableMetadata,
  manifests: readonly ManifestRef[],
  target: AttemptTarget,
): Promise<KeptManifests> {
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
  target: AttemptTarget & { readonly number: number },
): Promise<ManifestRef> {
  const entries: ManifestEntry[] = []
  for (const ref of group.toReversed()) entries.push(...existingEntries((await reader.manifest(ref)).entries, ref))
  const { partitionType } = await reader.manifest(group[0])
  const spec = specOf(metadata, group[0].partition_spec_id)
  const path = join(target.folder, `${FILE_PREFIX}${target.uuid}-merged-${target.attempt}-${target.number}.avro`)
  await writeDurably(path, encodeManifest({ schema: currentSchema(metadata), spec, partitionType, entries }))
  return {
    ...(await refTo(path, spec['spec-id'], target.snapshotId)),
    sequence_number: target.sequenceNumber,
    min_sequence_number: least(entries.map((entry) => entry.sequence_number ?? 0)),
    existing_files_count: entries.length,
    existing_rows_count: rowsOf(entries),
    partitions: joinedSummaries(
      boundFields(spec, metadata),
      group.map((ref) => ref.partitions),
    ),
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

function rowsOf(entries: readonly ManifestEntry[]): number {
  return entries.reduce((sum, entry) => sum + Number(entry.data_file.record_count), 0)
}

function least(numbers: readonly Whole[]): Whole {
  let low: Whole = numbers[0] ?? 0
  for (const value of numbers) if (value < low) low = value
  return low
}

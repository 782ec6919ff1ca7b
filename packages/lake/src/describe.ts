import type { Snapshot, TableField, TableName } from '@millrace/core'
import { currentEntry, currentSchema } from './format/table-metadata.ts'
import { fieldsOf } from './format/table-schema.ts'
import { findFiles, type LiveFile } from './live-file.ts'
import { type Tag, tagsIn } from './maintain/tag.ts'
import { termsOf } from './partition/partition-by.ts'
import type { TableReader } from './table-reader.ts'

/** A partition spec that the table has or had. */
export interface SpecDescription {
  readonly id: number
  /** Terms like `day(event_time)`; empty without partitions. */
  readonly by: readonly string[]
  /** Whether new files follow it. */
  readonly current: boolean
  /** Files of the current snapshot that follow it. */
  readonly files: number
}

/** Sizes of the data files of the current snapshot, in bytes; zeros where there are none. */
export interface FileSizes {
  readonly count: number
  readonly bytes: number
  readonly min: number
  readonly median: number
  readonly max: number
}

/** What a table is, as far as its metadata tells. */
export interface TableDescription {
  readonly location: string
  readonly columns: readonly TableField[]
  readonly specs: readonly SpecDescription[]
  readonly tags: readonly Tag[]
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly current: Snapshot | undefined
  readonly files: FileSizes
}

/** @throws `lake/unknown-table` */
export async function describeTable(reader: TableReader, name: TableName): Promise<TableDescription> {
  const { metadata } = await reader.load(name)
  const entry = currentEntry(metadata)
  const { files } = await findFiles(reader, metadata, { entry })
  return {
    location: metadata.location,
    columns: fieldsOf(metadata, currentSchema(metadata)),
    specs: metadata['partition-specs'].map((spec) => ({
      id: spec['spec-id'],
      by: termsOf(spec, metadata),
      current: spec['spec-id'] === metadata['default-spec-id'],
      files: files.filter((file) => file.ref.partition_spec_id === spec['spec-id']).length,
    })),
    tags: tagsIn(metadata),
    snapshots: await Promise.all((metadata.snapshots ?? []).map((one) => reader.snapshot(metadata, one))),
    current: entry === undefined ? undefined : await reader.snapshot(metadata, entry),
    files: sizesOf(files),
  }
}

function sizesOf(files: readonly LiveFile[]): FileSizes {
  const bytes = files.map((file) => file.bytes).sort((a, b) => a - b)
  return {
    count: bytes.length,
    bytes: bytes.reduce((sum, size) => sum + size, 0),
    min: bytes[0] ?? 0,
    median: bytes[bytes.length >> 1] ?? 0,
    max: bytes.at(-1) ?? 0,
  }
}

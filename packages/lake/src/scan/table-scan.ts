import { operatingError, type ScanBound, type ScanFile, type TableName, type TableScan } from '@millrace/core'
import { pathOf } from '../format/location.ts'
import { DELETED } from '../format/manifest.ts'
import { DATA_CONTENT, type ManifestRef } from '../format/manifest-list.ts'
import { currentEntry, currentSchema, schemaOf, specOf, type TableMetadata } from '../format/table-metadata.ts'
import { fieldsOf } from '../format/table-schema.ts'
import { snapshotEntry, type TableReader } from '../table-reader.ts'
import { fileMayMatch, manifestMayMatch, type ResolvedBound, resolveBounds } from './prune.ts'
import { scanSql } from './scan-sql.ts'

export interface ScanRequest {
  readonly snapshotId?: number
  readonly bounds?: readonly ScanBound[]
}

/** Plans a scan: the files of a snapshot that can hold rows within the bounds, in the order in which they were added. */
export async function planScan(reader: TableReader, name: TableName, { snapshotId, bounds = [] }: ScanRequest): Promise<TableScan> {
  const table = await reader.load(name)
  const { metadata } = table
  const entry = snapshotId === undefined ? currentEntry(metadata) : snapshotEntry(table, snapshotId)
  const schema = snapshotId === undefined ? currentSchema(metadata) : schemaOf(metadata, entry?.['schema-id'])
  const fields = fieldsOf(metadata, schema)
  const resolved = resolveBounds(schema, bounds)
  const files: ScanFile[] = []
  let pruned = 0
  for (const ref of (await reader.manifests(entry)).reverse()) {
    const found = await filesOf(reader, metadata, ref, resolved)
    files.push(...found.files)
    pruned += found.pruned
  }
  const snapshot = entry === undefined ? undefined : await reader.snapshot(metadata, entry)
  return { snapshot, fields, files, pruned, sql: scanSql(files, fields) }
}

async function filesOf(reader: TableReader, metadata: TableMetadata, ref: ManifestRef, bounds: readonly ResolvedBound[]) {
  const live = ref.added_files_count + ref.existing_files_count
  if (ref.content !== DATA_CONTENT) {
    if (live > 0) throw deleteFiles(ref.manifest_path)
    return { files: [], pruned: 0 }
  }
  const spec = specOf(metadata, ref.partition_spec_id)
  if (!manifestMayMatch(ref.partitions, spec, bounds)) return { files: [], pruned: live }
  const files: ScanFile[] = []
  let pruned = 0
  for (const { status, data_file: file } of (await reader.manifest(ref)).entries) {
    if (status === DELETED) continue
    if (!fileMayMatch(file, spec, bounds)) pruned++
    else if (file.file_format.toUpperCase() !== 'PARQUET') throw notParquet(file.file_path, file.file_format)
    else files.push({ path: pathOf(file.file_path), rows: Number(file.record_count), bytes: Number(file.file_size_in_bytes) })
  }
  return { files, pruned }
}

function deleteFiles(path: string): Error {
  return operatingError('lake/delete-files', `The snapshot holds files of deleted rows (${path}), which Millrace does not apply.`, {
    asked: path,
    found: 'delete files',
    do: 'Rewrite the data files with the program that deleted the rows, so that none are left.',
  })
}

function notParquet(path: string, format: string): Error {
  return operatingError('lake/not-parquet', `The data file ${path} is ${format}; Millrace reads Parquet.`, {
    asked: path,
    found: format,
    do: 'Rewrite the table in Parquet.',
  })
}

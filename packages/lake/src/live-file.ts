import { operatingError } from '@millrace/core'
import { type FactsOf, factsOfFile, factsOfManifest } from './filter/file-facts.ts'
import type { RowFilter } from './filter/row-filter.ts'
import { type Verdict, verdictOf } from './filter/verdict.ts'
import { pathOf } from './format/location.ts'
import { DELETED, type ManifestEntry } from './format/manifest.ts'
import { DATA_CONTENT, type ManifestRef } from './format/manifest-list.ts'
import { type SnapshotEntry, specOf, type TableMetadata } from './format/table-metadata.ts'
import { type BoundField, boundFields, type PartitionTuple, partitionTuple } from './partition/partition-value.ts'
import type { TableReader } from './table-reader.ts'

/** A data file of a snapshot, with the manifest that names it. */
export interface LiveFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly entry: ManifestEntry
  readonly ref: ManifestRef
  readonly spec: readonly BoundField[]
  readonly tuple: PartitionTuple
  /** What a filter takes of it; `all` where there is none. */
  readonly verdict: Verdict
}

export interface FoundFiles {
  /** In the order in which they were added. */
  readonly files: readonly LiveFile[]
  /** Files that the filter leaves out. */
  readonly pruned: number
}

/** The files of a snapshot of which a filter may take rows. */
export async function findFiles(
  reader: TableReader,
  metadata: TableMetadata,
  { entry, filter }: { readonly entry: SnapshotEntry | undefined; readonly filter?: RowFilter },
): Promise<FoundFiles> {
  const files: LiveFile[] = []
  let pruned = 0
  for (const ref of (await reader.manifests(entry)).reverse()) {
    const live = ref.added_files_count + ref.existing_files_count
    if (ref.content !== DATA_CONTENT) {
      if (live > 0) throw deleteFiles(ref.manifest_path)
      continue
    }
    const spec = boundFields(specOf(metadata, ref.partition_spec_id), metadata)
    if (judged(filter, factsOfManifest(ref.partitions, spec)) === 'none') {
      pruned += live
      continue
    }
    for (const manifestEntry of (await reader.manifest(ref)).entries) {
      if (manifestEntry.status === DELETED) continue
      const { data_file: file } = manifestEntry
      const verdict = judged(filter, factsOfFile(file, spec))
      if (verdict === 'none') pruned++
      else
        files.push({ ...sizeOf(file), path: pathOf(file.file_path), entry: manifestEntry, ref, spec, verdict, tuple: tupleOf(spec, file) })
    }
  }
  return { files, pruned }
}

function tupleOf(spec: readonly BoundField[], file: ManifestEntry['data_file']): PartitionTuple {
  return partitionTuple(spec, file).map((value) => value ?? null)
}

function judged(filter: RowFilter | undefined, facts: FactsOf): Verdict {
  return filter === undefined ? 'all' : verdictOf(filter, facts)
}

function sizeOf(file: ManifestEntry['data_file']): { rows: number; bytes: number } {
  if (file.file_format.toUpperCase() !== 'PARQUET') throw notParquet(file.file_path, file.file_format)
  return { rows: Number(file.record_count), bytes: Number(file.file_size_in_bytes) }
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

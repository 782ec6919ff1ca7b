import { decodeAvro, encodeAvro } from './avro-file.ts'
import type { Whole } from './lossless-json.ts'

/** What the manifests hold: data files, or files of deleted rows (which Millrace never writes). */
export const DATA_CONTENT = 0

/** Range of one partition field over a manifest's files, in single-value binary form. */
export interface PartitionSummary {
  readonly contains_null: boolean
  readonly contains_nan: boolean | null
  readonly lower_bound: Uint8Array | null
  readonly upper_bound: Uint8Array | null
}

export interface ManifestRef {
  readonly manifest_path: string
  readonly manifest_length: Whole
  readonly partition_spec_id: number
  readonly content: number
  readonly sequence_number: Whole
  readonly min_sequence_number: Whole
  readonly added_snapshot_id: Whole
  readonly added_files_count: number
  readonly existing_files_count: number
  readonly deleted_files_count: number
  readonly added_rows_count: Whole
  readonly existing_rows_count: Whole
  readonly deleted_rows_count: Whole
  readonly partitions: readonly PartitionSummary[] | null
  readonly key_metadata: Uint8Array | null
}

const SUMMARY_SCHEMA = {
  type: 'record',
  name: 'r508',
  fields: [
    { name: 'contains_null', type: 'boolean', 'field-id': 509 },
    { name: 'contains_nan', type: ['null', 'boolean'], default: null, 'field-id': 518 },
    { name: 'lower_bound', type: ['null', 'bytes'], default: null, 'field-id': 510 },
    { name: 'upper_bound', type: ['null', 'bytes'], default: null, 'field-id': 511 },
  ],
}

const LIST_SCHEMA = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string', 'field-id': 500 },
    { name: 'manifest_length', type: 'long', 'field-id': 501 },
    { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
    { name: 'content', type: 'int', 'field-id': 517 },
    { name: 'sequence_number', type: 'long', 'field-id': 515 },
    { name: 'min_sequence_number', type: 'long', 'field-id': 516 },
    { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
    { name: 'added_files_count', type: 'int', 'field-id': 504 },
    { name: 'existing_files_count', type: 'int', 'field-id': 505 },
    { name: 'deleted_files_count', type: 'int', 'field-id': 506 },
    { name: 'added_rows_count', type: 'long', 'field-id': 512 },
    { name: 'existing_rows_count', type: 'long', 'field-id': 513 },
    { name: 'deleted_rows_count', type: 'long', 'field-id': 514 },
    { name: 'partitions', type: ['null', { type: 'array', items: SUMMARY_SCHEMA, 'element-id': 508 }], default: null, 'field-id': 507 },
    { name: 'key_metadata', type: ['null', 'bytes'], default: null, 'field-id': 519 },
  ],
}

export interface ListHeader {
  readonly snapshotId: Whole
  readonly parentId: Whole | undefined
  readonly sequenceNumber: number
}

export function encodeManifestList({ snapshotId, parentId, sequenceNumber }: ListHeader, manifests: readonly ManifestRef[]): Buffer {
  const header = {
    'snapshot-id': String(snapshotId),
    'parent-snapshot-id': parentId === undefined ? 'null' : String(parentId),
    'sequence-number': String(sequenceNumber),
    'format-version': '2',
  }
  return encodeAvro(LIST_SCHEMA, header, manifests)
}

/** Reads a manifest list; fields are told by their ids, because other writers name some of them differently. */
export function decodeManifestList(bytes: Buffer, path: string): ManifestRef[] {
  const { schema, records } = decodeAvro(bytes, path)
  const names = namesById(schema)
  return records.map((record) => {
    const read = (id: number) => (record as Record<string, unknown>)[names.get(id) ?? ''] ?? null
    return {
      manifest_path: read(500) as string,
      manifest_length: read(501) as Whole,
      partition_spec_id: (read(502) ?? 0) as number,
      content: (read(517) ?? DATA_CONTENT) as number,
      sequence_number: (read(515) ?? 0) as Whole,
      min_sequence_number: (read(516) ?? 0) as Whole,
      added_snapshot_id: (read(503) ?? 0) as Whole,
      added_files_count: (read(504) ?? 0) as number,
      existing_files_count: (read(505) ?? 0) as number,
      deleted_files_count: (read(506) ?? 0) as number,
      added_rows_count: (read(512) ?? 0) as Whole,
      existing_rows_count: (read(513) ?? 0) as Whole,
      deleted_rows_count: (read(514) ?? 0) as Whole,
      partitions: read(507) as PartitionSummary[] | null,
      key_metadata: read(519) as Uint8Array | null,
    }
  })
}

function namesById(schema: Readonly<Record<string, unknown>>): Map<number, string> {
  const fields = (schema.fields ?? []) as readonly { readonly name: string; readonly 'field-id'?: number }[]
  return new Map(fields.flatMap((field) => (field['field-id'] === undefined ? [] : [[field['field-id'], field.name]])))
}

/** Rows and files that a snapshot with these manifests holds. */
export function totalsOf(manifests: readonly ManifestRef[]): { readonly rows: number; readonly files: number } {
  let rows = 0
  let files = 0
  for (const manifest of manifests) {
    if (manifest.content !== DATA_CONTENT) continue
    rows += Number(manifest.added_rows_count) + Number(manifest.existing_rows_count)
    files += manifest.added_files_count + manifest.existing_files_count
  }
  return { rows, files }
}

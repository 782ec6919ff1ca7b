import { type AvroFile, decodeAvro, encodeAvro } from './avro-file.ts'
import type { Whole } from './lossless-json.ts'
import type { PartitionSpec, TableSchema } from './table-metadata.ts'

/** Status of a manifest entry (Iceberg spec, "Manifests"). */
export const EXISTING = 0
export const ADDED = 1
export const DELETED = 2

export interface KeyedCount {
  readonly key: number
  readonly value: Whole
}
export interface KeyedBound {
  readonly key: number
  readonly value: Uint8Array
}

export interface DataFile {
  readonly content: number
  readonly file_path: string
  readonly file_format: string
  /** Values of the partition fields, by field name. */
  readonly partition: Readonly<Record<string, unknown>>
  readonly record_count: Whole
  readonly file_size_in_bytes: Whole
  readonly column_sizes: readonly KeyedCount[] | null
  readonly value_counts: readonly KeyedCount[] | null
  readonly null_value_counts: readonly KeyedCount[] | null
  readonly nan_value_counts: readonly KeyedCount[] | null
  readonly lower_bounds: readonly KeyedBound[] | null
  readonly upper_bounds: readonly KeyedBound[] | null
  readonly key_metadata: Uint8Array | null
  readonly split_offsets: readonly Whole[] | null
  readonly equality_ids: readonly number[] | null
  readonly sort_order_id: number | null
}

export interface ManifestEntry {
  readonly status: number
  readonly snapshot_id: Whole | null
  readonly sequence_number: Whole | null
  readonly file_sequence_number: Whole | null
  readonly data_file: DataFile
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[]
  /** The Avro type of `partition`, as the writer put it. */
  readonly partitionType: object
}

type AvroField = Readonly<Record<string, unknown>>

function optional(id: number, name: string, type: unknown): AvroField {
  return { name, type: ['null', type], default: null, 'field-id': id }
}

function keyed(id: number, name: string, keyId: number, valueId: number, value: string): AvroField {
  const items = {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [
      { name: 'key', type: 'int', 'field-id': keyId },
      { name: 'value', type: value, 'field-id': valueId },
    ],
  }
  return optional(id, name, { type: 'array', logicalType: 'map', items })
}

function dataFileFields(partitionType: object): AvroField[] {
  return [
    { name: 'content', type: 'int', 'field-id': 134 },
    { name: 'file_path', type: 'string', 'field-id': 100 },
    { name: 'file_format', type: 'string', 'field-id': 101 },
    { name: 'partition', type: partitionType, 'field-id': 102 },
    { name: 'record_count', type: 'long', 'field-id': 103 },
    { name: 'file_size_in_bytes', type: 'long', 'field-id': 104 },
    keyed(108, 'column_sizes', 117, 118, 'long'),
    keyed(109, 'value_counts', 119, 120, 'long'),
    keyed(110, 'null_value_counts', 121, 122, 'long'),
    keyed(137, 'nan_value_counts', 138, 139, 'long'),
    keyed(125, 'lower_bounds', 126, 127, 'bytes'),
    keyed(128, 'upper_bounds', 129, 130, 'bytes'),
    optional(131, 'key_metadata', 'bytes'),
    optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
    optional(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
    optional(140, 'sort_order_id', 'int'),
  ]
}

function entrySchema(partitionType: object): object {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      { name: 'status', type: 'int', 'field-id': 0 },
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      { name: 'data_file', type: { type: 'record', name: 'r2', fields: dataFileFields(partitionType) }, 'field-id': 2 },
    ],
  }
}

/** The Avro type of `partition` for fields of these Avro types. */
export function partitionTypeOf(columns: readonly { readonly fieldId: number; readonly name: string; readonly type: unknown }[]): object {
  const fields = columns.map(({ fieldId, name, type }) => optional(fieldId, name, type))
  return { type: 'record', name: 'r102', fields }
}

export interface ManifestContents {
  readonly schema: TableSchema
  readonly spec: PartitionSpec
  readonly partitionType: object
  readonly entries: readonly ManifestEntry[]
}

/** A manifest of data files. */
export function encodeManifest({ schema, spec, partitionType, entries }: ManifestContents): Buffer {
  const header = {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content: 'data',
  }
  return encodeAvro(entrySchema(partitionType), header, entries)
}

export function decodeManifest(bytes: Buffer, path: string): Manifest {
  const file = decodeAvro(bytes, path)
  const partitionType = partitionTypeIn(file)
  return { entries: file.records.map((record) => completeEntry(record as Partial<ManifestEntry>)), partitionType }
}

/** Fills in what other writers may leave out. */
function completeEntry(entry: Partial<ManifestEntry>): ManifestEntry {
  const file = entry.data_file as Partial<DataFile>
  return {
    status: entry.status ?? EXISTING,
    snapshot_id: entry.snapshot_id ?? null,
    sequence_number: entry.sequence_number ?? null,
    file_sequence_number: entry.file_sequence_number ?? null,
    data_file: {
      content: file.content ?? 0,
      file_path: file.file_path ?? '',
      file_format: file.file_format ?? 'PARQUET',
      partition: file.partition ?? {},
      record_count: file.record_count ?? 0,
      file_size_in_bytes: file.file_size_in_bytes ?? 0,
      column_sizes: file.column_sizes ?? null,
      value_counts: file.value_counts ?? null,
      null_value_counts: file.null_value_counts ?? null,
      nan_value_counts: file.nan_value_counts ?? null,
      lower_bounds: file.lower_bounds ?? null,
      upper_bounds: file.upper_bounds ?? null,
      key_metadata: file.key_metadata ?? null,
      split_offsets: file.split_offsets ?? null,
      equality_ids: file.equality_ids ?? null,
      sort_order_id: file.sort_order_id ?? null,
    },
  }
}

function partitionTypeIn(file: AvroFile): object {
  const dataFile = fieldById(file.schema, 2)
  const partition = fieldById(dataFile?.type as object, 102)
  return (partition?.type ?? { type: 'record', name: 'r102', fields: [] }) as object
}

function fieldById(record: object, id: number): AvroField | undefined {
  return ((record as { fields?: AvroField[] })?.fields ?? []).find((field) => field['field-id'] === id)
}

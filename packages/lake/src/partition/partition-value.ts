import { boundValue } from '../format/bound.ts'
import type { DataFile } from '../format/manifest.ts'
import type { PartitionSummary } from '../format/manifest-list.ts'
import { type Comparable, compareValues, decimalOf, singleValue, unscaledBytes, unscaledOf } from '../format/single-value.ts'
import { type PartitionSpec, sourceType, type TableMetadata } from '../format/table-metadata.ts'
import { parseTransform, resultType, type Transform } from './transform.ts'

/** A field of a partition spec with what its values are made of. */
export interface BoundField {
  readonly name: string
  readonly fieldId: number
  readonly sourceId: number
  readonly transform: Transform
  /** Iceberg types of the column and of the partition values. */
  readonly sourceType: unknown
  readonly resultType: unknown
}

/** Values of the fields of a spec, in its order; null for rows without the value. */
export type PartitionTuple = readonly (Comparable | null)[]

/** A spec's fields with the types of their columns, which may have been dropped since. */
export function boundFields(spec: PartitionSpec, metadata: TableMetadata): BoundField[] {
  return spec.fields.map((field) => {
    const transform = parseTransform(field.transform)
    const source = sourceType(metadata, field['source-id'])
    return {
      name: field.name,
      fieldId: field['field-id'],
      sourceId: field['source-id'],
      transform,
      sourceType: source,
      resultType: resultType(transform, source),
    }
  })
}

/** The Avro type of partition values of an Iceberg type. */
export function avroType(type: unknown, name: string): unknown {
  const decimal = decimalOf(type)
  if (decimal !== undefined) {
    return { type: 'fixed', name: `${name}_fixed`, size: fixedBytes(decimal.precision), logicalType: 'decimal', ...decimal }
  }
  switch (type) {
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' }
    case 'binary':
      return 'bytes'
    default:
      return type
  }
}

/** Bytes that hold every decimal of a precision. */
function fixedBytes(precision: number): number {
  return unscaledBytes(10n ** BigInt(precision) - 1n).length
}

/** The record of partition values that an entry of a manifest carries. */
export function avroPartition(fields: readonly BoundField[], tuple: PartitionTuple): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, place) => [field.name, avroValue(field.resultType, tuple[place])]))
}

function avroValue(type: unknown, value: Comparable | null): unknown {
  if (value === null) return null
  if (type === 'boolean') return value === 1
  if (type === 'string') return (value as Buffer).toString('utf8')
  const decimal = decimalOf(type)
  if (decimal === undefined) return value
  const bytes = unscaledBytes(BigInt(value as bigint))
  return Buffer.concat([Buffer.alloc(fixedBytes(decimal.precision) - bytes.length, bytes[0] & 0x80 ? 0xff : 0), bytes])
}

/** The partition values of a file. Undefined where the file's manifest does not carry the field. */
export function partitionTuple(fields: readonly BoundField[], file: DataFile): readonly (Comparable | null | undefined)[] {
  return fields.map(({ name, resultType: type }) => comparableOf(type, file.partition[name]))
}

function comparableOf(type: unknown, value: unknown): Comparable | null | undefined {
  if (value === null || value === undefined) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (value instanceof Uint8Array) return decimalOf(type) === undefined ? Buffer.from(value) : unscaledOf(value)
  if (type === 'long' || type === 'timestamp' || type === 'timestamptz') return BigInt(value as number)
  return value as number
}

/** Ranges of the partition values of files together, field by field, as a manifest list carries them. */
export function summariesOf(fields: readonly BoundField[], tuples: readonly PartitionTuple[]): PartitionSummary[] {
  return fields.map(({ resultType: type }, place) => {
    const known = tuples.flatMap((tuple) => tuple[place] ?? []).sort(compareValues)
    const bound = (value: Comparable | undefined) => (value === undefined ? null : singleValue(type, value))
    return {
      contains_null: known.length < tuples.length,
      contains_nan: null,
      lower_bound: bound(known[0]),
      upper_bound: bound(known.at(-1)),
    }
  })
}

/** One range over those of several manifests of a spec; null where one has none. */
export function joinedSummaries(
  fields: readonly BoundField[],
  summaries: readonly (readonly PartitionSummary[] | null)[],
): PartitionSummary[] | null {
  if (summaries.some((one) => one?.length !== fields.length)) return null
  return fields.map(({ resultType: type }, place) => {
    const parts = summaries.flatMap((one) => one?.[place] ?? [])
    const values = parts
      .flatMap((part) => [part.lower_bound, part.upper_bound])
      .flatMap((bytes) => (bytes === null ? [] : [boundValue(type, bytes)]))
      .filter((value) => value !== undefined)
      .sort(compareValues)
    const bound = (value: Comparable | undefined) => (value === undefined ? null : singleValue(type, value))
    return {
      contains_null: parts.some((part) => part.contains_null),
      contains_nan: parts.some((part) => part.contains_nan === true) ? true : null,
      lower_bound: bound(values[0]),
      upper_bound: bound(values.at(-1)),
    }
  })
}

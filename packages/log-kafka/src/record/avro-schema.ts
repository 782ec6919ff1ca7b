import { decimalType, type Field } from '@millrace/columnar'
import { STAMP_FIELDS } from '@millrace/core'

/** An Avro schema of one value, as its JSON. */
export type AvroType =
  | string
  | { readonly type: string; readonly logicalType: string; readonly precision?: number; readonly scale?: number }

export interface AvroField {
  readonly name: string
  readonly type: readonly ['null', AvroType]
  readonly default: null
}

/** An Avro schema of a record, as its JSON. */
export interface AvroRecord {
  readonly type: 'record'
  readonly name: string
  readonly namespace: string
  readonly fields: readonly AvroField[]
}

/** A column of a stamped topic. */
export type StampedColumn = Pick<Field, 'name' | 'type'>

const TYPES: Readonly<Record<string, AvroType>> = {
  boolean: 'boolean',
  int32: 'int',
  int64: 'long',
  double: 'double',
  bytes: 'bytes',
  timestamp: { type: 'long', logicalType: 'timestamp-millis' },
  date: { type: 'int', logicalType: 'date' },
}

/** The columns of a stamped topic: the kind, the stamp, then the stream's own. */
export function stampedColumns(fields: readonly StampedColumn[]): readonly StampedColumn[] {
  return [{ name: '_kind', type: 'string' }, ...STAMP_FIELDS, ...fields]
}

/**
 * The schema of the records of a stamped topic: as Flink derives it from the columns of the topic's table, each of which may be null.
 *
 * @param fields the stream's own columns
 */
export function stampedAvroSchema(fields: readonly StampedColumn[]): AvroRecord {
  return {
    type: 'record',
    name: 'record',
    namespace: 'org.apache.flink.avro.generated',
    fields: stampedColumns(fields).map(({ name, type }) => ({ name, type: ['null', avroType(type)], default: null })),
  }
}

/** Text, JSON, lists and structs are text. */
function avroType(type: string): AvroType {
  return TYPES[type] ?? (type.startsWith('decimal(') ? { type: 'bytes', logicalType: 'decimal', ...decimalType(type) } : 'string')
}

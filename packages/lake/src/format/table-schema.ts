import type { Field } from '@millrace/columnar'
import { type TableField, userError } from '@millrace/core'
import { icebergType, typeOfIceberg } from './field-type.ts'
import type { PartitionSpec, TableMetadata, TableSchema } from './table-metadata.ts'

/** Table property: types by field id that Iceberg's own types do not tell apart (`json` is a string there). */
const TYPES_PROPERTY = 'millrace.types'
/** Ids of partition fields begin above this; fixed by the Iceberg spec. */
const PARTITION_ID_FLOOR = 999

/** Schema, partition spec and properties of a new table; field ids count from 1 in the order of the fields. */
export function layoutOf(fields: readonly Field[], partitionByDay: string | undefined) {
  const schema: TableSchema = {
    type: 'struct',
    'schema-id': 0,
    fields: fields.map((field, place) => ({
      id: place + 1,
      name: field.name,
      required: !field.nullable,
      type: icebergType(field.type, field.name),
    })),
  }
  const json = fields.flatMap((field, place) => (field.type === 'json' ? [[String(place + 1), 'json']] : []))
  const properties: Record<string, string> = json.length === 0 ? {} : { [TYPES_PROPERTY]: JSON.stringify(Object.fromEntries(json)) }
  return { schema, spec: specFor(fields, partitionByDay), properties }
}

function specFor(fields: readonly Field[], partitionByDay: string | undefined): PartitionSpec {
  if (partitionByDay === undefined) return { 'spec-id': 0, fields: [] }
  const place = fields.findIndex((field) => field.name === partitionByDay)
  if (place < 0 || fields[place].type !== 'timestamp') {
    throw userError(
      'lake/unknown-partition',
      `The table is to be partitioned by the day of \`${partitionByDay}\`, which is not one of its timestamp columns.`,
      {
        asked: partitionByDay,
        found: fields.filter((field) => field.type === 'timestamp').map((field) => field.name),
        do: 'Name a timestamp column.',
      },
    )
  }
  const name = `${partitionByDay}_day`
  return { 'spec-id': 0, fields: [{ 'source-id': place + 1, 'field-id': PARTITION_ID_FLOOR + 1, name, transform: 'day' }] }
}

/** The table's fields in schema order, in our types. */
export function fieldsOf(metadata: TableMetadata, schema: TableSchema): TableField[] {
  const ours = JSON.parse(metadata.properties?.[TYPES_PROPERTY] ?? '{}') as Record<string, string>
  return schema.fields.map(({ id, name, required, type }) => ({
    id,
    name,
    nullable: !required,
    type: ours[String(id)] ?? typeOfIceberg(type, name),
  }))
}

/** The column by whose day the table is partitioned, or undefined. */
export function dayColumn(spec: PartitionSpec, fields: readonly TableField[]): TableField | undefined {
  const field = spec.fields[0]
  return field?.transform === 'day' ? fields.find(({ id }) => id === field['source-id']) : undefined
}

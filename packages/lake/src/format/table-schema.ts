import type { Field } from '@millrace/columnar'
import type { TableField } from '@millrace/core'
import { icebergType, isList, isStruct, typeOfIceberg } from './field-type.ts'
import type { SchemaField, TableMetadata, TableSchema } from './table-metadata.ts'

/** Table property: types by field id that Iceberg's own types do not tell apart (`json` is a string there). */
export const TYPES_PROPERTY = 'millrace.types'

/** Schema and properties of a new table; field ids count from 1 in the order of the fields, then come those of nested parts. */
export function layoutOf(fields: readonly Field[]) {
  let lastId = fields.length
  const json: Record<string, string> = {}
  const ids = { next: () => ++lastId, onJson: (id: number) => Object.assign(json, { [id]: 'json' }) }
  for (const [place, field] of fields.entries()) if (field.type === 'json') ids.onJson(place + 1)
  const schema: TableSchema = {
    type: 'struct',
    'schema-id': 0,
    fields: fields.map((field, place) => ({
      id: place + 1,
      name: field.name,
      required: !field.nullable,
      type: icebergType(field.type, field.name, ids),
    })),
  }
  const properties: Record<string, string> = Object.keys(json).length === 0 ? {} : { [TYPES_PROPERTY]: JSON.stringify(json) }
  return { schema, properties, lastId }
}

/** The table's fields in schema order, in our types. */
export function fieldsOf(metadata: TableMetadata, schema: TableSchema): TableField[] {
  const ours = JSON.parse(metadata.properties?.[TYPES_PROPERTY] ?? '{}') as Record<string, string>
  return schema.fields.map(({ id, name, required, type }) => ({
    id,
    name,
    nullable: !required,
    type: ours[String(id)] ?? typeOfIceberg(type, name, ours),
  }))
}

/** The ids of a schema's columns in the form of DuckDB's COPY option FIELD_IDS. */
export function fieldIdsSql(fields: readonly SchemaField[]): string {
  return `{${fields.map(({ id, name, type }) => `${quoted(name)}: ${idsOf(id, type)}`).join(', ')}}`
}

function idsOf(id: number, type: unknown): string {
  const own = `'__duckdb_field_id': ${id}`
  if (isList(type)) return `{${own}, 'element': ${idsOf(type['element-id'], type.element)}}`
  if (!isStruct(type)) return String(id)
  return `{${[own, ...type.fields.map((field) => `${quoted(field.name)}: ${idsOf(field.id, field.type)}`)].join(', ')}}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

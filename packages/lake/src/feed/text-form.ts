import { type DataType, parseType } from '@millrace/core'
import { duckdbType } from '../format/field-type.ts'

const TEXT_FORMS = ['decimal(', 'list<', 'struct<']

/** Whether batches hold values of this type as their texts: decimals as digits, lists and structs as JSON. */
export function isTextForm(type: string): boolean {
  return TEXT_FORMS.some((form) => type.startsWith(form))
}

/** The DuckDB expression that makes values of a type from an expression of their texts. */
export function fromTextSql(type: string, text: string): string {
  const parsed = parseType(type)
  if (parsed === undefined || !isTextForm(type)) return text
  if (parsed.kind === 'decimal') return `CAST(${text} AS ${duckdbType(type)})`
  return fromParts(parsed, `from_json(${text}, '${JSON.stringify(structureOf(parsed)).replaceAll("'", "''")}')`, 0)
}

/** What the JSON is read as at first: lists and structs of texts and numbers. */
function structureOf(type: DataType): unknown {
  switch (type.kind) {
    case 'list':
      return [structureOf(type.element)]
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, structureOf(field.type)]))
    case 'boolean':
      return 'BOOLEAN'
    case 'int32':
      return 'INTEGER'
    case 'int64':
      return 'BIGINT'
    case 'double':
      return 'DOUBLE'
    default:
      return 'VARCHAR'
  }
}

function fromParts(type: DataType, value: string, depth: number): string {
  switch (type.kind) {
    case 'list': {
      const element = `e${depth}`
      return `list_transform(${value}, lambda ${element}: ${fromParts(type.element, element, depth + 1)})`
    }
    case 'struct': {
      const parts = type.fields.map(
        ({ name, type: inner }) => `${quoted(name)} := ${fromParts(inner, `(${value}).${quoted(name)}`, depth)}`,
      )
      return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`
    }
    case 'bytes':
      return `from_base64(${value})`
    case 'timestamp':
      return `CAST(${value} AS TIMESTAMPTZ)`
    case 'date':
      return `CAST(${value} AS DATE)`
    case 'decimal':
      return `CAST(${value} AS DECIMAL(${type.precision}, ${type.scale}))`
    default:
      return value
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

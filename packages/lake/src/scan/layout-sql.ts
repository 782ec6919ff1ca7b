import { quoteName, quoteText } from '../feed/parquet-writer.ts'
import { duckdbType, type IcebergStruct, isList, isStruct, typeOfIceberg } from '../format/field-type.ts'
import type { FileLayout } from './file-layout.ts'

/** How a nested column is read from a file that names its parts otherwise. */
export interface LaidOut {
  /** The type that it is read as, by the names that the file has. */
  readonly type: string
  /** The column as the schema has it. */
  readonly sql: string
}

/** What is known of the files that are read. */
export interface LayoutFacts {
  readonly layout: FileLayout
  /** Ids of all fields that the structs of the table ever had, by the struct's id. */
  readonly everIn: ReadonlyMap<number, ReadonlySet<number>>
}

interface Part {
  readonly id: number
  readonly type: unknown
  readonly sql: string
}

/** Reads a nested column through the names of a file; a field that the file does not have is null. */
export function laidOut({ id, type, sql }: Part, facts: LayoutFacts, depth = 0): LaidOut {
  if (isList(type)) {
    const each = `_e${depth}`
    const element = laidOut({ id: type['element-id'], type: type.element, sql: each }, facts, depth + 1)
    return { type: `${element.type}[]`, sql: `list_transform(${sql}, lambda ${each}: ${element.sql})` }
  }
  return isStruct(type) ? laidOutStruct({ id, type, sql }, facts, depth) : { type: duckdbType(typeOfIceberg(type, sql)), sql }
}

function laidOutStruct({ id, type, sql }: Part & { readonly type: IcebergStruct }, facts: LayoutFacts, depth: number): LaidOut {
  const declared: string[] = []
  const packed = type.fields.map((field) => {
    const inFile = facts.layout.get(field.id)
    if (inFile === undefined) return `${quoteName(field.name)} := NULL::${duckdbType(typeOfIceberg(field.type, field.name))}`
    const part = laidOut({ id: field.id, type: field.type, sql: `struct_extract(${sql}, ${quoteText(inFile)})` }, facts, depth)
    declared.push(`${quoteName(inFile)} ${part.type}`)
    return `${quoteName(field.name)} := ${part.sql}`
  })
  return {
    type: `STRUCT(${declared.length === 0 ? witness(id, facts) : declared.join(', ')})`,
    sql: `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${packed.join(', ')}) END`,
  }
}

/** Of a struct of which nothing is left, some field of the file: it tells whether the struct is null. DuckDB reads no struct without one. */
function witness(id: number, { layout, everIn }: LayoutFacts): string {
  const known = [...(everIn.get(id) ?? [])].find((field) => layout.has(field))
  return `${quoteName(layout.get(known ?? id) ?? '_')} VARCHAR`
}

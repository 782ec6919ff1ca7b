import { quoteText } from '../feed/parquet-writer.ts'
import { isList, isStruct } from '../format/field-type.ts'
import type { TableMetadata } from '../format/table-metadata.ts'
import { plainPath } from './scan-sql.ts'

/** Names that fields have in a data file, by field id. */
export type FileLayout = ReadonlyMap<number, string>

/** Runs a query of our own. */
export type ReadRows = (query: string) => Promise<readonly Record<string, unknown>[]>

/** Layouts that are kept; data files never change. */
const CACHE_MAX = 4_096
/** Files that one query looks at. */
const FILES_PER_QUERY = 256

/** Reads which names the fields of data files have, from the files themselves: whatever wrote them, the field ids stand there. */
export class FileLayouts {
  readonly #read: ReadRows
  readonly #known = new Map<string, FileLayout>()

  constructor(read: ReadRows) {
    this.#read = read
  }

  async of(paths: readonly string[]): Promise<readonly FileLayout[]> {
    const found = new Map(paths.flatMap((path) => (this.#known.has(path) ? [[path, this.#known.get(path) as FileLayout]] : [])))
    const asked = paths.filter((path) => !found.has(path))
    for (let from = 0; from < asked.length; from += FILES_PER_QUERY) {
      for (const [path, layout] of await this.#load(asked.slice(from, from + FILES_PER_QUERY))) {
        found.set(path, layout)
        this.#known.set(path, layout)
        if (this.#known.size > CACHE_MAX) this.#known.delete(this.#known.keys().next().value as string)
      }
    }
    return paths.map((path) => found.get(path) ?? new Map())
  }

  async #load(paths: readonly string[]): Promise<Map<string, FileLayout>> {
    const list = paths.map((path) => quoteText(plainPath(path))).join(', ')
    const rows = await this.#read(`SELECT file_name, field_id, name FROM parquet_schema([${list}]) WHERE field_id IS NOT NULL`)
    const layouts = new Map<string, Map<number, string>>(paths.map((path) => [path, new Map()]))
    for (const { file_name: path, field_id: id, name } of rows) layouts.get(String(path))?.set(Number(id), String(name))
    return layouts
  }
}

interface NestedField {
  readonly parent: number
  readonly id: number
  readonly name: string
}

/** Fields of structs in every schema that the table had. */
function* nestedFields(metadata: TableMetadata): Generator<NestedField> {
  for (const schema of metadata.schemas) for (const { id, type } of schema.fields) yield* fieldsWithin(id, type)
}

function* fieldsWithin(parent: number, type: unknown): Generator<NestedField> {
  if (isList(type)) yield* fieldsWithin(type['element-id'], type.element)
  if (!isStruct(type)) return
  for (const field of type.fields) {
    yield { parent, id: field.id, name: field.name }
    yield* fieldsWithin(field.id, field.type)
  }
}

/**
 * Whether names alone tell the fields of structs in every file of the table: no field ever had two names, and no name within a struct ever
 * stood for two fields.
 */
export function namesTell(metadata: TableMetadata): boolean {
  const names = new Map<number, string>()
  const ids = new Map<string, number>()
  for (const { parent, id, name } of nestedFields(metadata)) {
    const place = `${parent} ${name}`
    if ((names.get(id) ?? name) !== name || (ids.get(place) ?? id) !== id) return false
    names.set(id, name)
    ids.set(place, id)
  }
  return true
}

/** Ids of all fields that structs ever had, by the struct's id. */
export function fieldsEverIn(metadata: TableMetadata): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>()
  for (const { parent, id } of nestedFields(metadata)) found.set(parent, (found.get(parent) ?? new Set()).add(id))
  return found
}

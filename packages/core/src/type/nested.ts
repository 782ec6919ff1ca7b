import { canonicalJsonText, elementText, listText, partsOf, structText, type Value } from '@millrace/columnar'
import { type DataType, parseType, typeText } from './data-type.ts'

/** Reads the JSON text of a value that is neither list nor struct nor null; undefined where it is no value of the type. */
export type ReadScalar = (json: string, type: string) => Value | undefined

/**
 * The one text of a list or struct from JSON text: elements and fields typed, fields in the type's order, missing ones null, unknown
 * ones left out. Undefined where it is no JSON, a null, or no value of the type.
 */
export function nestedFromJson(json: string, type: string, read: ReadScalar): string | undefined {
  const canonical = canonicalJsonText(json)
  const parsed = parseType(type)
  return 'text' in canonical && canonical.text !== 'null' && parsed !== undefined ? nestedText(canonical.text, parsed, read) : undefined
}

function nestedText(json: string, type: DataType, read: ReadScalar): string | undefined {
  if (json === 'null') return 'null'
  if (type.kind === 'list') {
    if (!json.startsWith('[')) return undefined
    const elements = partsOf(json).map((part) => nestedText(part, type.element, read))
    return elements.every((element) => element !== undefined) ? listText(elements) : undefined
  }
  if (type.kind === 'struct') {
    if (!json.startsWith('{')) return undefined
    const members = new Map(partsOf(json).map(memberOf))
    const fields = type.fields.map(({ name, type: of }) => [name, nestedText(members.get(name) ?? 'null', of, read) ?? ''] as const)
    return fields.every(([, text]) => text !== '') ? structText(fields) : undefined
  }
  if (type.kind === 'json') return json
  const scalar = typeText(type)
  const value = read(json, scalar)
  return value === undefined ? undefined : elementText(value, scalar)
}

function memberOf(member: string): [name: string, json: string] {
  const end = /^"(?:[^"\\]+|\\.)*"/.exec(member)?.[0].length ?? 0
  return [JSON.parse(member.slice(0, end)) as string, member.slice(end + 1)]
}

import { commonDecimal, isDecimal } from './decimal-type.ts'

/** The parsed form of a type text. */
export type DataType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: DataType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] }

export interface StructField {
  readonly name: string
  readonly type: DataType
}

export type ScalarKind = 'boolean' | 'int32' | 'int64' | 'double' | 'string' | 'bytes' | 'timestamp' | 'date' | 'json'

const SCALARS: ReadonlySet<string> = new Set(['boolean', 'int32', 'int64', 'double', 'string', 'bytes', 'timestamp', 'date', 'json'])
/** Deepest nesting of lists and structs in a type. */
const TYPE_DEPTH_MAX = 32

/** Parses `int64`, `decimal(10,2)`, `list<string>`, `struct<a:int32,b:list<date>>`; undefined where the text is no type. */
export function parseType(text: string, depth = 0): DataType | undefined {
  const trimmed = text.trim()
  if (SCALARS.has(trimmed)) return { kind: trimmed as ScalarKind }
  if (depth > TYPE_DEPTH_MAX) return undefined
  return parseDecimalType(trimmed) ?? parseList(trimmed, depth) ?? parseStruct(trimmed, depth)
}

function parseDecimalType(text: string): DataType | undefined {
  const match = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(text)
  if (match === null) return undefined
  const precision = Number(match[1])
  const scale = Number(match[2])
  return precision >= 1 && precision <= 38 && scale <= precision ? { kind: 'decimal', precision, scale } : undefined
}

function parseList(text: string, depth: number): DataType | undefined {
  if (!text.startsWith('list<') || !text.endsWith('>')) return undefined
  const element = parseType(text.slice(5, -1), depth + 1)
  return element === undefined ? undefined : { kind: 'list', element }
}

function parseStruct(text: string, depth: number): DataType | undefined {
  if (!text.startsWith('struct<') || !text.endsWith('>')) return undefined
  const fields: StructField[] = []
  const names = new Set<string>()
  for (const part of splitTopLevel(text.slice(7, -1))) {
    const colon = part.indexOf(':')
    const name = part.slice(0, Math.max(colon, 0)).trim()
    const type = colon < 0 ? undefined : parseType(part.slice(colon + 1), depth + 1)
    if (type === undefined || name === '' || names.has(name)) return undefined
    names.add(name)
    fields.push({ name, type })
  }
  return fields.length === 0 ? undefined : { kind: 'struct', fields }
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '<' || char === '(') depth++
    else if (char === '>' || char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** The one text of a type: without spaces. */
export function typeText(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'list':
      return `list<${typeText(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${typeText(field.type)}`).join(',')}>`
    default:
      return type.kind
  }
}

/** The type's one text, or undefined where the text is no type. */
export function canonicalType(text: string): string | undefined {
  if (SCALARS.has(text)) return text
  const type = parseType(text)
  return type === undefined ? undefined : typeText(type)
}

const NUMERIC_RANK: Readonly<Record<string, number>> = { int32: 1, int64: 2, double: 3 }

export function isInteger(type: string): boolean {
  return type === 'int32' || type === 'int64'
}

/** Integers, doubles and decimals. */
export function isNumeric(type: string): boolean {
  return NUMERIC_RANK[type] !== undefined || isDecimal(type)
}

/** Lists and structs. */
export function isNested(type: string): boolean {
  return type.startsWith('list<') || type.startsWith('struct<')
}

/** Types with an order that users may ask for: every scalar but boolean and json. */
export function isOrderable(type: string): boolean {
  return isNumeric(type) || type === 'string' || type === 'bytes' || type === 'timestamp' || type === 'date'
}

export function isEquatable(type: string): boolean {
  return isOrderable(type) || type === 'boolean'
}

/**
 * The type that values of both types have in common, or undefined: int32 < int64 < double; a decimal beside an integer or a decimal
 * gives the decimal that holds both, if 38 digits do; beside a double it gives double.
 */
export function commonType(a: string, b: string): string | undefined {
  if (a === b) return a
  const [rankA, rankB] = [NUMERIC_RANK[a], NUMERIC_RANK[b]]
  if (rankA !== undefined && rankB !== undefined) return rankA >= rankB ? a : b
  if (!isNumeric(a) || !isNumeric(b)) return undefined
  if (a === 'double' || b === 'double') return 'double'
  return commonDecimal(a, b)
}

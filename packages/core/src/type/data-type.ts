/** The parsed form of a type text. */
export type DataType =
  | { readonly kind: 'boolean' | 'int32' | 'int64' | 'double' | 'string' | 'bytes' | 'timestamp' | 'date' | 'json' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: DataType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: DataType }[] }

export type ScalarKind = 'boolean' | 'int32' | 'int64' | 'double' | 'string' | 'bytes' | 'timestamp' | 'date' | 'json'

const SCALARS: ReadonlySet<string> = new Set(['boolean', 'int32', 'int64', 'double', 'string', 'bytes', 'timestamp', 'date', 'json'])

/** Parses `int64`, `decimal(10,2)`, `list<string>`, `struct<a:int32,b:list<date>>`; undefined where the text is no type. */
export function parseType(text: string): DataType | undefined {
  const trimmed = text.trim()
  if (SCALARS.has(trimmed)) return { kind: trimmed as ScalarKind }
  return parseDecimal(trimmed) ?? parseList(trimmed) ?? parseStruct(trimmed)
}

function parseDecimal(text: string): DataType | undefined {
  const match = /^decimal\((\d{1,2}),\s*(\d{1,2})\)$/.exec(text)
  if (match === null) return undefined
  const precision = Number(match[1])
  const scale = Number(match[2])
  return precision >= 1 && precision <= 38 && scale <= precision ? { kind: 'decimal', precision, scale } : undefined
}

function parseList(text: string): DataType | undefined {
  if (!text.startsWith('list<') || !text.endsWith('>')) return undefined
  const element = parseType(text.slice(5, -1))
  return element === undefined ? undefined : { kind: 'list', element }
}

function parseStruct(text: string): DataType | undefined {
  if (!text.startsWith('struct<') || !text.endsWith('>')) return undefined
  const fields: { name: string; type: DataType }[] = []
  for (const part of splitTopLevel(text.slice(7, -1))) {
    const colon = part.indexOf(':')
    const type = colon < 0 ? undefined : parseType(part.slice(colon + 1))
    if (type === undefined) return undefined
    fields.push({ name: part.slice(0, colon).trim(), type })
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

const NUMERIC_RANK: Readonly<Record<string, number>> = { int32: 1, int64: 2, double: 3 }

export function isInteger(type: string): boolean {
  return type === 'int32' || type === 'int64'
}

export function isNumeric(type: string): boolean {
  return NUMERIC_RANK[type] !== undefined
}

/** Types with an order: every scalar but boolean and json. */
export function isOrderable(type: string): boolean {
  return isNumeric(type) || type === 'string' || type === 'bytes' || type === 'timestamp' || type === 'date' || type.startsWith('decimal(')
}

export function isEquatable(type: string): boolean {
  return isOrderable(type) || type === 'boolean'
}

/** The type that values of both types have in common (int32 < int64 < double), or undefined. */
export function commonType(a: string, b: string): string | undefined {
  if (a === b) return a
  if (!isNumeric(a) || !isNumeric(b)) return undefined
  return NUMERIC_RANK[a] >= NUMERIC_RANK[b] ? a : b
}

import type { Value } from '../value.ts'
import { doubleText, jsonString } from './json-text.ts'

const DAY_MS = 86_400_000

/** The JSON text of a value inside a list or struct: decimals and times are strings, bytes base64, integers have all their digits. */
export function elementText(value: Value, type: string): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`
  switch (type) {
    case 'double':
      return doubleText(value as number)
    case 'string':
      return jsonString(value as string)
    case 'timestamp':
      return `"${new Date(value as number).toISOString()}"`
    case 'date':
      return `"${dateText(value as number)}"`
    default:
      return type.startsWith('decimal(') ? `"${value}"` : String(value)
  }
}

/** `YYYY-MM-DD` of days since 1970-01-01. */
export function dateText(days: number): string {
  return new Date(days * DAY_MS).toISOString().split('T')[0]
}

/** The value that an element's text stands for. */
export function elementValue(text: string, type: string): Value {
  if (text === 'null') return null
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'int32':
    case 'int64':
      return integerValue(text)
    case 'double':
      return Number(text)
    case 'string':
      return JSON.parse(text) as string
    case 'bytes':
      return new Uint8Array(Buffer.from(text.slice(1, -1), 'base64'))
    case 'timestamp':
      return Date.parse(text.slice(1, -1))
    case 'date':
      return Date.parse(`${text.slice(1, -1)}T00:00:00Z`) / DAY_MS
    default:
      return type.startsWith('decimal(') ? text.slice(1, -1) : text
  }
}

function integerValue(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** The text of a list of elements' texts. */
export function listText(elements: readonly string[]): string {
  return `[${elements.join(',')}]`
}

/** The text of a struct from its fields' names and texts, in the type's order. */
export function structText(fields: readonly (readonly [name: string, text: string])[]): string {
  return `{${fields.map(([name, text]) => `${jsonString(name)}:${text}`).join(',')}}`
}

/** The texts of a list's elements, or of a struct's members with their names, from canonical text. */
export function partsOf(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 1
  for (let i = 1; i < text.length - 1; i++) {
    const char = text.charCodeAt(i)
    if (char === QUOTE) i = stringEnd(text, i)
    else if (char === OPEN_LIST || char === OPEN_STRUCT) depth++
    else if (char === CLOSE_LIST || char === CLOSE_STRUCT) depth--
    else if (char === COMMA && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  if (text.length > 2) parts.push(text.slice(start, -1))
  return parts
}

/** The text of the list's element at `index`, from 1; undefined where there is none. */
export function listElement(text: string, index: number): string | undefined {
  return index >= 1 ? partsOf(text)[index - 1] : undefined
}

/** The text of the struct's field at `place`, from 0; undefined where the text is none of a struct, as that of an entry under a null may be. */
export function structField(text: string, place: number): string | undefined {
  const member = partsOf(text)[place] as string | undefined
  return member?.slice(stringEnd(member, 0) + 2)
}

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_STRUCT = 123
const CLOSE_STRUCT = 125

/** Where the string that begins at `start` ends. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === QUOTE) return i
    if (char === BACKSLASH) i++
  }
  return text.length
}

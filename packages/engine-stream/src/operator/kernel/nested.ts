import { elementText, elementValue, listElement, partsOf, structField } from '@millrace/columnar'
import { decimalUnits } from './decimal.ts'

/** A value as it travels through kernels: bytes are one character a byte, decimals are units. */
type Carried = boolean | number | bigint | string

/** The text of what stands at the path, of a JSON string its characters; undefined for a JSON null and where nothing stands. */
export function jsonPath(json: string, path: readonly (string | number)[]): string | undefined {
  let at: string | undefined = json
  for (const step of path) {
    at = typeof step === 'number' ? elementAt(at, step) : memberAt(at, step)
    if (at === undefined) return undefined
  }
  if (at === 'null') return undefined
  return at.charCodeAt(0) === QUOTE ? (JSON.parse(at) as string) : at
}

const QUOTE = 34
const OPEN_LIST = 91
const OPEN_STRUCT = 123

function elementAt(json: string, place: number): string | undefined {
  return json.charCodeAt(0) === OPEN_LIST ? listElement(json, place + 1) : undefined
}

/** Of several members of one name the first. */
function memberAt(json: string, name: string): string | undefined {
  if (json.charCodeAt(0) !== OPEN_STRUCT) return undefined
  const start = elementText(name, 'string')
  const member = partsOf(json).find((part) => part.startsWith(start) && part[start.length] === ':')
  return member?.slice(start.length + 1)
}

export function listGet(list: string, index: number | bigint, type: string): Carried | undefined {
  const element = listElement(list, Number(index))
  return element === undefined ? undefined : carried(element, type)
}

export function fieldOf(struct: string, place: number, type: string): Carried | undefined {
  const field = structField(struct, place)
  return field === undefined ? undefined : carried(field, type)
}

function carried(text: string, type: string): Carried | undefined {
  const value = elementValue(text, type)
  if (value === null) return undefined
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  return type.startsWith('decimal(') ? decimalUnits(value as string) : value
}

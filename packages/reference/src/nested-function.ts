import { parseJsonPath } from '@millrace/core'
import type { Datum } from './datum.ts'
import { Decimal, parseDecimal } from './decimal.ts'
import { literalDatum } from './literal.ts'

const DAY_MS = 86_400_000

/** The text of what stands at the path; of a JSON string its characters; null for a JSON null and where nothing stands. */
export function jsonPath(json: string, path: string): string | null {
  let at: string | undefined = json
  for (const step of parseJsonPath(path) ?? []) {
    if (at === undefined) return null
    at = typeof step === 'number' ? elementsOf(at)[step] : membersOf(at).find(([name]) => name === step)?.[1]
  }
  if (at === undefined || at === 'null') return null
  return at.startsWith('"') ? (JSON.parse(at) as string) : at
}

/** The list's element at the place, from 1. */
export function listGet(list: string, index: bigint, type: string): Datum {
  const element = elementsOf(list).find((_, at) => BigInt(at + 1) === index)
  return element === undefined ? null : elementDatum(element, type)
}

/** The struct's field. */
export function structField(struct: string, name: string, type: string): Datum {
  const member = membersOf(struct).find(([one]) => one === name)
  return member === undefined ? null : elementDatum(member[1], type)
}

/** Inside lists and structs numbers and booleans stand bare, decimals, times and bytes as text. */
function elementDatum(json: string, type: string): Datum {
  if (json === 'null') return null
  if (type === 'json' || type.startsWith('list<') || type.startsWith('struct<')) return json
  const text = json.startsWith('"') ? (JSON.parse(json) as string) : json
  return type.startsWith('decimal(') ? (parseDecimal(text) ?? null) : literalDatum({ lit: text, type })
}

/** A value inside a list: numbers and booleans bare, decimals, times and bytes as text. */
export function elementText(value: Datum, type: string): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (value instanceof Decimal) return JSON.stringify(String(value))
  if (type === 'timestamp') return JSON.stringify(new Date(value as number).toISOString())
  if (type === 'date') return JSON.stringify(new Date((value as number) * DAY_MS).toISOString().slice(0, 10))
  if (type === 'double') return String(value).replace('e+', 'e')
  if (type !== 'string') return String(value)
  return JSON.stringify(value).replace(/\\u[0-9a-f]{4}|\\./g, (escape) =>
    escape.length > 2 ? `\\u${escape.slice(2).toUpperCase()}` : escape,
  )
}

function elementsOf(json: string): readonly string[] {
  return json.startsWith('[') ? partsOf(json) : []
}

function membersOf(json: string): readonly (readonly [name: string, json: string])[] {
  if (!json.startsWith('{')) return []
  return partsOf(json).map((part) => {
    const name = STRING.exec(part)?.[0] ?? '""'
    return [JSON.parse(name) as string, part.slice(name.length + 1)]
  })
}

const STRING = /^"(?:[^"\\]|\\.)*"/

/** What stands between the brackets, cut at its own commas. */
function partsOf(json: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (let rest = json.slice(1, -1); rest !== ''; ) {
    const token = STRING.exec(rest)?.[0] ?? rest[0]
    rest = rest.slice(token.length)
    if (token === ',' && depth === 0) {
      parts.push(part)
      part = ''
      continue
    }
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    part += token
  }
  return json.length > 2 ? [...parts, part] : []
}

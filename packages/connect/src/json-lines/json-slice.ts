import { stringEnd } from './json-depth.ts'
import type { JsonElement } from './json-elements.ts'

const SPACES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])
const ENDS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20, 0x2c, 0x5d, 0x7d])
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b])
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d])
const OPEN_OBJECT = 0x7b

/** Where the value under `path` (names with full stops between them) stands in JSON text that can be parsed; undefined where there is none. */
export function jsonSlice(bytes: Buffer, path: string): JsonElement | undefined {
  let slice: JsonElement | undefined = { from: 0, to: bytes.length }
  for (const name of path.split('.')) {
    slice = slice === undefined ? undefined : memberOf(bytes, slice, name)
  }
  return slice
}

function memberOf(bytes: Buffer, { from, to }: JsonElement, wanted: string): JsonElement | undefined {
  let at = afterSpaces(bytes, from)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  let found: JsonElement | undefined
  at = afterSpaces(bytes, at + 1)
  while (at < to && bytes[at] === QUOTE) {
    const end = stringEnd(bytes, at)
    const name = JSON.parse(bytes.toString('utf8', at, end + 1)) as string
    const colon = afterSpaces(bytes, end + 1)
    if (bytes[colon] !== COLON) return undefined
    const value = afterSpaces(bytes, colon + 1)
    const valueEnd = endOf(bytes, value, to)
    if (name === wanted) found = { from: value, to: valueEnd }
    at = afterSpaces(bytes, valueEnd)
    if (bytes[at] !== COMMA) break
    at = afterSpaces(bytes, at + 1)
  }
  return found
}

/** Position behind the value that begins at `from`. */
function endOf(bytes: Buffer, from: number, to: number): number {
  let depth = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (depth === 0 && at > from && ENDS.has(byte)) return at
    if (byte === QUOTE) at = stringEnd(bytes, at)
    else if (OPEN.has(byte)) depth += 1
    else if (CLOSE.has(byte)) depth -= 1
    if (depth === 0 && (byte === QUOTE || CLOSE.has(byte))) return at + 1
  }
  return to
}

function afterSpaces(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && SPACES.has(bytes[at])) at += 1
  return at
}

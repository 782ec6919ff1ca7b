import { stringEnd } from './json-depth.ts'

const SPACES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Where an element of an array stands in its text. */
export interface JsonElement {
  readonly from: number
  readonly to: number
}

/**
 * The elements of a JSON array, or the one object that is not in an array, without parsing them. Undefined where brackets and commas do
 * not make an array or an object; what stands between them is for the caller to parse.
 */
export function jsonElements(bytes: Uint8Array): readonly JsonElement[] | undefined {
  const from = afterSpaces(bytes, 0)
  let to = bytes.length
  while (to > from && SPACES.has(bytes[to - 1])) to -= 1
  if (bytes[from] === OPEN_OBJECT) return [{ from, to }]
  if (bytes[from] !== OPEN_ARRAY || bytes[to - 1] !== CLOSE_ARRAY) return undefined
  return elementsIn(bytes, from + 1, to - 1)
}

function elementsIn(bytes: Uint8Array, start: number, end: number): readonly JsonElement[] | undefined {
  const elements: JsonElement[] = []
  let from = afterSpaces(bytes, start)
  if (from >= end) return elements
  for (;;) {
    const stop = elementEnd(bytes, from, end)
    let to = Math.min(stop, end)
    while (to > from && SPACES.has(bytes[to - 1])) to -= 1
    if (to === from || stop > end) return undefined
    elements.push({ from, to })
    if (stop === end) return elements
    from = afterSpaces(bytes, stop + 1)
  }
}

/** Position of the comma behind the element, or `end`; beyond `end` where brackets are left open or closed too often. */
function elementEnd(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0
  for (let at = from; at < end; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = stringEnd(bytes, at)
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1
    else if (byte === COMMA && depth === 0) return at
    if (depth < 0) return end + 1
  }
  return depth === 0 ? end : end + 1
}

function afterSpaces(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && SPACES.has(bytes[at])) at += 1
  return at
}

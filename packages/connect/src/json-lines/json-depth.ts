const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** How deep arrays and objects lie within each other in JSON text; brackets within strings do not count. */
export function jsonDepth(bytes: Uint8Array): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = stringEnd(bytes, at)
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth)
    else if (CLOSING.has(byte)) depth -= 1
  }
  return deepest
}

/** Position of the quote that ends the string which begins with the quote at `at`, or the bytes' end. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  for (let end = at + 1; end < bytes.length; end++) {
    if (bytes[end] === BACKSLASH) end += 1
    else if (bytes[end] === QUOTE) return end
  }
  return bytes.length
}

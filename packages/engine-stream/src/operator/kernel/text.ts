/** Orders text by its UTF-8 bytes: as UTF-16 units, but surrogates come after every other unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return left >= 0xd800 && right >= 0xd800 ? byteRank(left) - byteRank(right) : left - right
  }
  return a.length - b.length
}

function byteRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

export function trimSpaces(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) === 0x20) from++
  while (to > from && text.charCodeAt(to - 1) === 0x20) to--
  return text.slice(from, to)
}

export function codePoints(text: string): number {
  let count = text.length
  for (let i = 0; i + 1 < text.length; i++) {
    if (!isPair(text, i)) continue
    count--
    i++
  }
  return count
}

function isPair(text: string, i: number): boolean {
  return (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
}

/** The code points at positions max(start, 1) to start + length − 1, counted from 1. */
export function substring(text: string, start: number | bigint, length: number | bigint): string {
  const last = typeof start === 'bigint' || typeof length === 'bigint' ? Number(BigInt(start) + BigInt(length)) - 1 : start + length - 1
  const first = Math.max(Number(start), 1)
  if (last < first) return ''
  const from = unitAt(text, first - 1)
  return text.slice(from, unitAt(text, last - first + 1, from))
}

/** The unit index `points` code points after `from`. */
function unitAt(text: string, points: number, from = 0): number {
  let unit = from
  for (let left = points; left > 0 && unit < text.length; left--) unit += isPair(text, unit) ? 2 : 1
  return unit
}

/** The part of this number, from 1, or undefined. The separator is not empty. */
export function splitPart(text: string, separator: string, index: number | bigint): string | undefined {
  if (index < 1) return undefined
  let from = 0
  for (let left = Number(index) - 1; left > 0; left--) {
    const at = text.indexOf(separator, from)
    if (at < 0) return undefined
    from = at + separator.length
  }
  const to = text.indexOf(separator, from)
  return to < 0 ? text.slice(from) : text.slice(from, to)
}

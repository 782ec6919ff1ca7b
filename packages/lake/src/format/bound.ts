import { type Comparable, decimalOf, unscaledOf } from './single-value.ts'

/** Code points of text, or bytes, that a bound keeps; Iceberg's default `truncate(16)`. */
const BOUND_LENGTH_MAX = 16
const CODE_POINT_MAX = 0x10ffff
const SURROGATES_FROM = 0xd800
const SURROGATES_TO = 0xdfff

/** Least and greatest value of a column in a file, in Iceberg's single-value binary form; missing where nothing can be said. */
export interface Bounds {
  readonly lower?: Uint8Array
  readonly upper?: Uint8Array
}

export function intBound(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

export function longBound(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

export function doubleBound(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

export function booleanBound(value: number): Uint8Array {
  return Buffer.of(value)
}

/** A text that sorts before or with `bytes` (UTF-8): its first code points. */
export function lowerText(bytes: Uint8Array): Uint8Array {
  return Buffer.from(firstPoints(bytes) ?? bytes)
}

/** A text that sorts after or with `bytes`: cut, with its last code point that can grow made one greater; undefined where none can. */
export function upperText(bytes: Uint8Array): Uint8Array | undefined {
  const cut = firstPoints(bytes)
  if (cut === undefined) return Buffer.from(bytes)
  const points = Array.from(Buffer.from(cut).toString('utf8'), (point) => point.codePointAt(0) ?? 0)
  for (let last = points.length - 1; last >= 0; last--) {
    if (points[last] === CODE_POINT_MAX) continue
    const next = points[last] + 1 === SURROGATES_FROM ? SURROGATES_TO + 1 : points[last] + 1
    return Buffer.from(String.fromCodePoint(...points.slice(0, last), next), 'utf8')
  }
  return undefined
}

export function lowerBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.subarray(0, BOUND_LENGTH_MAX))
}

export function upperBytes(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length <= BOUND_LENGTH_MAX) return Buffer.from(bytes)
  for (let last = BOUND_LENGTH_MAX - 1; last >= 0; last--) {
    if (bytes[last] === 0xff) continue
    const upper = Buffer.from(bytes.subarray(0, last + 1))
    upper[last]++
    return upper
  }
  return undefined
}

/** The first code points of a UTF-8 text that is longer than a bound may be, else undefined. */
function firstPoints(bytes: Uint8Array): Uint8Array | undefined {
  let points = 0
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] & 0xc0) === 0x80) continue
    if (points++ === BOUND_LENGTH_MAX) return bytes.subarray(0, at)
  }
  return undefined
}

/** A bound as a value that compares; undefined of a type that has no order here. */
export function boundValue(type: unknown, bytes: Uint8Array): Comparable | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'boolean':
      return buffer[0]
    case 'int':
    case 'date':
      return buffer.readInt32LE()
    // A column promoted from int keeps four-byte bounds in its old files, one promoted from float likewise.
    case 'long':
      return buffer.length === 4 ? BigInt(buffer.readInt32LE()) : buffer.readBigInt64LE()
    case 'timestamp':
    case 'timestamptz':
      return buffer.readBigInt64LE()
    case 'float':
      return buffer.readFloatLE()
    case 'double':
      return buffer.length === 4 ? buffer.readFloatLE() : buffer.readDoubleLE()
    case 'string':
    case 'binary':
      return buffer
    default:
      return decimalOf(type) === undefined ? undefined : unscaledOf(bytes)
  }
}

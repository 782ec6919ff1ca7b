import { ENCODING, type Encoding } from './layout.ts'

type Numbers = Int32Array | Float64Array

/** Least and greatest of the values that are not null, or undefined when there is none. */
export function rangeOf(values: Numbers, nulls: Uint8Array | null): { readonly min: number; readonly max: number } | undefined {
  let min = Infinity
  let max = -Infinity
  if (nulls === null) {
    for (let row = 0; row < values.length; row++) {
      const value = values[row]
      if (value < min) min = value
      if (value > max) max = value
    }
  } else {
    for (let row = 0; row < values.length; row++) {
      const value = values[row]
      if (nulls[row] === 0 && value < min) min = value
      if (nulls[row] === 0 && value > max) max = value
    }
  }
  return min > max ? undefined : { min, max }
}

/** The narrowest encoding of whole distances from 0 to `span`. */
export function encodingOf(span: number): Encoding {
  if (span === 0) return ENCODING.constant
  if (span <= 0xff) return ENCODING.packed8
  if (span <= 0xffff) return ENCODING.packed16
  return span <= 0xffffffff ? ENCODING.packed32 : ENCODING.plain
}

/** Bytes a row takes in a packed encoding, 0 for a constant. */
export function widthOf(encoding: Encoding): number {
  if (encoding === ENCODING.packed8) return 1
  if (encoding === ENCODING.packed16) return 2
  return encoding === ENCODING.packed32 ? 4 : 0
}

/* One loop per width: a loop that meets more than a few kinds of typed arrays runs about ten times slower in V8. */

/** Writes the distances from `base`; those of null rows are arbitrary but the same every time. */
export function pack(encoding: Encoding, values: Numbers, base: number, buffer: ArrayBufferLike, position: number): void {
  const rows = values.length
  if (encoding === ENCODING.packed8) pack8(values, base, new Uint8Array(buffer, position, rows))
  else if (encoding === ENCODING.packed16) pack16(values, base, new Uint16Array(buffer, position, rows))
  else if (encoding === ENCODING.packed32) pack32(values, base, new Uint32Array(buffer, position, rows))
}

/** Fills `values` with base + distance. `bytes` begins at a multiple of the width. */
export function unpack(encoding: Encoding, bytes: Uint8Array, base: number, values: Numbers): void {
  const rows = values.length
  if (encoding === ENCODING.packed8) unpack8(bytes, base, values)
  else if (encoding === ENCODING.packed16) unpack16(new Uint16Array(bytes.buffer, bytes.byteOffset, rows), base, values)
  else if (encoding === ENCODING.packed32) unpack32(new Uint32Array(bytes.buffer, bytes.byteOffset, rows), base, values)
  else if (base !== 0) values.fill(base)
}

function pack8(values: Numbers, base: number, target: Uint8Array): void {
  for (let row = 0; row < values.length; row++) target[row] = values[row] - base
}

function pack16(values: Numbers, base: number, target: Uint16Array): void {
  for (let row = 0; row < values.length; row++) target[row] = values[row] - base
}

function pack32(values: Numbers, base: number, target: Uint32Array): void {
  for (let row = 0; row < values.length; row++) target[row] = values[row] - base
}

function unpack8(source: Uint8Array, base: number, values: Numbers): void {
  for (let row = 0; row < values.length; row++) values[row] = base + source[row]
}

function unpack16(source: Uint16Array, base: number, values: Numbers): void {
  for (let row = 0; row < values.length; row++) values[row] = base + source[row]
}

function unpack32(source: Uint32Array, base: number, values: Numbers): void {
  for (let row = 0; row < values.length; row++) values[row] = base + source[row]
}

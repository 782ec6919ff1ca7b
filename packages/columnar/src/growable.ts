type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array

/** `array` itself when it has room for `length`, else a copy with at least twice the room, filled up with zeros. */
export function grown<T extends Numbers>(array: T, length: number): T {
  if (array.length >= length) return array
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2))
  larger.set(array as never)
  return larger
}

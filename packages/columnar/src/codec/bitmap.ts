/** Writes one bit a row, least significant first, of a byte-per-row array. `target` is zeroed. */
export function packBits(values: Uint8Array, target: Uint8Array): void {
  for (let row = 0; row < values.length; row++) target[row >>> 3] |= values[row] << (row & 7)
}

export function unpackBits(bits: Uint8Array, rows: number): Uint8Array {
  const values = new Uint8Array(rows)
  const whole = rows >>> 3
  let row = 0
  for (let i = 0; i < whole; i++) {
    const byte = bits[i]
    values[row++] = byte & 1
    values[row++] = (byte >>> 1) & 1
    values[row++] = (byte >>> 2) & 1
    values[row++] = (byte >>> 3) & 1
    values[row++] = (byte >>> 4) & 1
    values[row++] = (byte >>> 5) & 1
    values[row++] = (byte >>> 6) & 1
    values[row++] = byte >>> 7
  }
  for (; row < rows; row++) values[row] = (bits[row >>> 3] >>> (row & 7)) & 1
  return values
}

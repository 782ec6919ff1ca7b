/** A value that compares with others of its column: numbers and bigints as such (timestamps in epoch µs, decimals unscaled), text and bytes as bytes. */
export type Comparable = number | bigint | Buffer

const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/
/** Bytes of two's complement for `decimal(38, s)`. */
const DECIMAL_BYTES_MAX = 16

/** Precision and scale of a decimal type's text, or undefined of another. */
export function decimalOf(type: unknown): { readonly precision: number; readonly scale: number } | undefined {
  const match = typeof type === 'string' ? DECIMAL.exec(type) : null
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) }
}

/** Iceberg's single-value binary form of a value (spec, appendix D). */
export function singleValue(type: unknown, value: Comparable): Uint8Array {
  if (Buffer.isBuffer(value)) return value
  switch (type) {
    case 'boolean':
      return Buffer.of(Number(value))
    case 'int':
    case 'date': {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(Number(value))
      return bytes
    }
    case 'long':
    case 'timestamp':
    case 'timestamptz': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(value))
      return bytes
    }
    case 'float': {
      const bytes = Buffer.alloc(4)
      bytes.writeFloatLE(Number(value))
      return bytes
    }
    case 'double': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(Number(value))
      return bytes
    }
    default:
      return unscaledBytes(BigInt(value))
  }
}

/** The fewest bytes of two's complement, big-endian, that hold an integer. */
export function unscaledBytes(value: bigint): Buffer {
  for (let length = 1; length < DECIMAL_BYTES_MAX; length++) {
    if (BigInt.asIntN(length * 8, value) === value) return twosComplement(value, length)
  }
  return twosComplement(value, DECIMAL_BYTES_MAX)
}

function twosComplement(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let rest = BigInt.asUintN(length * 8, value)
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The integer of a two's complement, big-endian. */
export function unscaledOf(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

/** Least first; bytes by their unsigned values. */
export function compareValues(left: Comparable, right: Comparable): number {
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return Buffer.compare(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

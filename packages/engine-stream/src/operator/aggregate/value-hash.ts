import type { Column } from '@millrace/columnar'

/** Hashes of 53 bits of a column's values, the same for equal values in every batch; of coded columns each entry once. */
export function valueHashes(column: Column): (row: number) => number {
  if (column.kind === 'string' || column.kind === 'bytes') {
    const { codes, dictionary } = column
    const known = new Float64Array(dictionary.size).fill(-1)
    return (row) => {
      const code = codes[row]
      if (known[code] < 0) known[code] = hashBytes(dictionary.entry(code))
      return known[code]
    }
  }
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  if (column.kind === 'int64' && !column.safe) {
    const { values } = column
    return (row) => hashBytes(put(bytes, () => view.setBigInt64(0, values[row])))
  }
  const { values } = column as Column & { readonly values: Float64Array | Int32Array | Uint8Array }
  const write =
    column.kind === 'int64' ? (row: number) => view.setBigInt64(0, BigInt(values[row])) : (row: number) => view.setFloat64(0, values[row])
  return (row) => hashBytes(put(bytes, () => write(row)))
}

function put(bytes: Uint8Array, write: () => void): Uint8Array {
  write()
  return bytes
}

/** Two hashes of the kind of MurmurHash3 (Appleby), with different beginnings, put together. */
function hashBytes(bytes: Uint8Array): number {
  const high = murmur3(bytes, 0x9747b28c) >>> 11
  return high * 2 ** 32 + (murmur3(bytes, 0x1b873593) >>> 0)
}

function murmur3(bytes: Uint8Array, seed: number): number {
  let hash = seed
  const whole = bytes.length - (bytes.length % 4)
  for (let i = 0; i < whole; i += 4) {
    hash ^= mixed(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i]
  if (whole < bytes.length) hash ^= mixed(rest)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function mixed(word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51)
  return Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
}

import type { CodedColumn, Column } from '@millrace/columnar'

const SEED = 0x2545f491
const NULL_HASH = 0x51ed270b

/**
 * A hash of 32 bits of each row's key, the same for equal keys in every batch: text and bytes by their bytes (FNV-1a), numbers by
 * their value as a double, int64 beyond ±2^53 by its two halves. State that is kept by it depends on it.
 */
export function keyHashes(keys: readonly Column[], rows: number): Int32Array {
  const hashes = new Int32Array(rows).fill(SEED)
  for (const column of keys) {
    const hashOf = 'codes' in column ? textHash(column) : numberHash(column)
    const { nulls } = column
    for (let row = 0; row < rows; row++) {
      const hash = nulls !== null && nulls[row] === 1 ? NULL_HASH : hashOf(row)
      hashes[row] = mixed(Math.imul(hashes[row], 31) ^ hash)
    }
  }
  return hashes
}

function textHash({ codes, dictionary }: CodedColumn): (row: number) => number {
  const { bytes, offsets, size } = dictionary
  const ofEntry = new Int32Array(size)
  for (let entry = 0; entry < size; entry++) {
    let hash = 0x811c9dc5 | 0
    for (let i = offsets[entry]; i < offsets[entry + 1]; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
    ofEntry[entry] = hash
  }
  return (row) => ofEntry[codes[row]]
}

function numberHash(column: Exclude<Column, CodedColumn>): (row: number) => number {
  const double = new Float64Array(1)
  const halves = new Int32Array(double.buffer)
  const ofDouble = (value: number): number => {
    double[0] = value
    return mixed(halves[0]) ^ Math.imul(halves[1], 0x9e3779b1)
  }
  if (column.kind !== 'int64' || column.safe) {
    const { values } = column
    return (row) => ofDouble(values[row])
  }
  const { values } = column
  return (row) => {
    const value = values[row]
    const number = Number(value)
    if (Number.isSafeInteger(number)) return ofDouble(number)
    return mixed(Number(BigInt.asIntN(32, value))) ^ Math.imul(Number(BigInt.asIntN(32, value >> 32n)), 0x9e3779b1)
  }
}

/** The last step of MurmurHash3 (Appleby): every bit of the word reaches every other. */
function mixed(word: number): number {
  let hash = word
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

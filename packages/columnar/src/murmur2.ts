const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/**
 * 32-bit murmur2 of `bytes[from, to)` with the seed of Kafka's default partitioner, as a signed integer.
 *
 * @example murmur2(Buffer.from('foobar')) // -790332482
 */
export function murmur2(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const length = to - from
  let hash = (SEED ^ length) | 0
  const whole = from + (length & ~3)
  let at = from
  for (; at < whole; at += 4) {
    let part = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    part = Math.imul(part, MULTIPLIER)
    part = Math.imul(part ^ (part >>> 24), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ part
  }
  const rest = to - at
  if (rest > 2) hash ^= bytes[at + 2] << 16
  if (rest > 1) hash ^= bytes[at + 1] << 8
  if (rest > 0) hash = Math.imul(hash ^ bytes[at], MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** Kafka's `toPositive`: clears the sign bit. */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff
}

/** The partition of a key with this hash, from 0 to `partitions − 1`. */
export function partitionOf(hash: number, partitions: number): number {
  return toPositive(hash) % partitions
}

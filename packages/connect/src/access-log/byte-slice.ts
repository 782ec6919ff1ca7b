const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const PRIME = 0x9e3779b1 | 0
const OTHER_PRIME = 0x85ebca6b | 0

/** Changes with every process, so that nobody can prepare texts that collide. */
const SEED = (Math.random() * 0x7fffffff) | 0

/**
 * Bytes with a cursor that finds the end of a token and hashes the token on the way, four bytes at a time.
 * The hash of a token is a function of its bytes and of the scan that found it.
 */
export class ByteSlice {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Hash of the token that the latest scan found. */
  hash = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Position of the next space at or after `from`, or `end`. The token's hash is that of `hashOf`. */
  scanToken(from: number, end: number): number {
    const view = this.view
    let hash = SEED
    let at = from
    while (at + 4 <= end) {
      const word = view.getInt32(at, true)
      const spaces = word ^ 0x20202020
      if ((((spaces - 0x01010101) | 0) & ~spaces & 0x80808080) !== 0) break
      hash = Math.imul(hash ^ word, PRIME)
      hash ^= hash >>> 15
      at += 4
    }
    const bytes = this.bytes
    while (at < end && bytes[at] !== SPACE) hash = Math.imul(hash ^ bytes[at++], PRIME)
    this.hash = hash ^ (hash >>> 16)
    return at
  }

  /** Position of the next unescaped quote at or after `from`, or -1 when there is none before `end`. */
  scanQuoted(from: number, end: number): number {
    const view = this.view
    let hash = SEED
    let at = from
    while (at + 8 <= end) {
      const first = view.getInt32(at, true)
      const second = view.getInt32(at + 4, true)
      if (((mayEndQuoted(first) | mayEndQuoted(second)) & 0x80808080) !== 0) break
      hash = (Math.imul(hash ^ first, PRIME) + Math.imul(second, OTHER_PRIME)) | 0
      hash ^= hash >>> 15
      at += 8
    }
    return this.#scanQuotedBytes(at, end, hash)
  }

  #scanQuotedBytes(from: number, end: number, start: number): number {
    const bytes = this.bytes
    let hash = start
    let at = from
    while (at < end) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.hash = hash ^ (hash >>> 16)
        return at
      }
      hash = Math.imul(hash ^ byte, PRIME)
      at += 1
      if (byte === BACKSLASH && at < end) hash = Math.imul(hash ^ bytes[at++], PRIME)
    }
    return -1
  }

  /** Hash of `[from, end)`. */
  hashOf(from: number, end: number): number {
    const bytes = this.bytes
    const view = this.view
    let hash = SEED
    let at = from
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), PRIME)
      hash ^= hash >>> 15
    }
    while (at < end) hash = Math.imul(hash ^ bytes[at++], PRIME)
    return hash ^ (hash >>> 16)
  }
}

/** Has the high bit of some byte set when a byte of the word is a quote or a backslash; also when one is not ASCII, which is then read byte by byte. */
function mayEndQuoted(word: number): number {
  return ((word ^ 0x22222222) - 0x01010101) | 0 | (((word ^ 0x5c5c5c5c) - 0x01010101) | 0)
}

/** Seeded uniform numbers in [0, 1): splitmix32, with a finalizer of MurmurHash3. */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    return mixed(state) / 2 ** 32
  }
}

/** `count` of the indexes 0 to `total` − 1, drawn without replacement, ascending. */
export function drawIndexes(total: number, count: number, random: () => number): Uint32Array {
  const drawn = new Uint32Array(count)
  let at = 0
  for (let index = 0; at < count; index++) if (random() * (total - index) < count - at) drawn[at++] = index
  return drawn
}

/** 32 bits that depend on every bit of both. */
export function hashPair(first: number, second: number): number {
  return mixed(Math.imul(mixed(first | 0), 0x9e3779b1) ^ second)
}

function mixed(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

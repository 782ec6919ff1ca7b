/** Bits of a hash that choose the register. */
const INDEX_BITS = 14
/** Bits of the hashes: what a double holds. */
const HASH_BITS = 53
const RANK_BITS = HASH_BITS - INDEX_BITS
export const REGISTERS = 2 ** INDEX_BITS

/** The register of a hash, and the place of the first one in the rest of its bits. */
export const RegisterPlace = {
  of(hash: number): { readonly index: number; readonly rank: number } {
    const index = hash % REGISTERS
    const rest = (hash - index) / REGISTERS
    const rank = rest === 0 ? RANK_BITS + 1 : RANK_BITS - Math.floor(Math.log2(rest))
    return { index, rank }
  },
}

/** The number of different hashes that the registers saw, by the improved estimator of Ertl (2017), which needs no corrections. */
export function estimate(registers: Uint8Array): number {
  const multiplicities = new Float64Array(RANK_BITS + 2)
  for (const rank of registers) multiplicities[rank]++
  let z = REGISTERS * tau(1 - multiplicities[RANK_BITS + 1] / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + multiplicities[rank])
  z += REGISTERS * sigma(multiplicities[0] / REGISTERS)
  return ((REGISTERS / (2 * Math.LN2)) * REGISTERS) / z
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let x = share
  let sum = x
  for (let y = 1, before = -1; before !== sum; y += y) {
    x *= x
    before = sum
    sum += x * y
  }
  return sum
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let x = share
  let sum = 1 - x
  for (let y = 0.5, before = -1; before !== sum; y *= 0.5) {
    x = Math.sqrt(x)
    before = sum
    sum -= (1 - x) ** 2 * y
  }
  return sum / 3
}

/** The finishing mix of MurmurHash3 (Austin Appleby): every bit of the number moves every bit of the result. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

const WARM_UP_DRAWS = 4

/**
 * Draws for one event after the other, each beginning anew from seed and number: an event is the same whatever was made before it. The
 * generator is sfc32 (Chris Doty-Humphrey, PractRand).
 */
export class EventChance {
  readonly #seed: number
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  constructor(seed: number) {
    this.#seed = mixed(seed ^ 0x5bd1e995)
  }

  /** The same draws again for this number. */
  begin(number: number): this {
    this.#a = mixed(number ^ this.#seed)
    this.#b = mixed(Math.floor(number / 2 ** 32) + this.#a)
    this.#c = this.#seed
    this.#counter = 1
    for (let i = 0; i < WARM_UP_DRAWS; i++) this.unit()
    return this
  }

  /** Uniform in [0, 1). */
  unit(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }

  /** True `ratio − 1` times out of `ratio`. */
  isHot(ratio: number): boolean {
    return this.below(ratio) > 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }
}

/** Seeded draws: the sfc32 generator (Chris Doty-Humphrey, PractRand). The same seed gives the same draws. */
export class Chance {
  #a: number
  #b = 0x243f6a88
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = 0x9e3779b9 ^ seed
    this.#c = 0xb7e15162 ^ Math.floor(seed / 8)
    for (let i = 0; i < 16; i++) this.next()
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.next() * n)
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  happens(probability: number): boolean {
    return this.next() < probability
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  /** exp(N(ln median, spread²)), by Box and Muller. */
  lognormal(median: number, spread: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
    return median * Math.exp(spread * normal)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }

  /** A generator of its own, so that what is drawn there does not shift what is drawn here. */
  fork(): Chance {
    return new Chance(this.below(2 ** 31))
  }
}

/** Ranks 0 to n − 1 with probability proportional to 1 / (rank + 1)^exponent. */
export function ranks(n: number, exponent: number, chance: Chance): () => number {
  const cumulative = new Float64Array(n)
  let total = 0
  for (let i = 0; i < n; i++) cumulative[i] = total += 1 / (i + 1) ** exponent
  return () => {
    const wanted = chance.next() * total
    let low = 0
    let high = n - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cumulative[middle] > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** A number in [0, 2³²) that depends on the text only (FNV-1a). */
export function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

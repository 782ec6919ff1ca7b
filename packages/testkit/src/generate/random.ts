import type { Random as Generator } from 'fast-check'

/** Draws from fast-check's seeded generator, so that its seed replays everything. */
export class Random {
  readonly #generator: Generator

  constructor(generator: Generator) {
    this.#generator = generator
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return this.#generator.nextInt(min, max)
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.#generator.nextDouble()
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]
  }

  /** Up to `count` different items, in their order. */
  some<T>(items: readonly T[], count: number): T[] {
    const chosen = new Set<number>()
    for (let i = 0; i < count && items.length > 0; i++) chosen.add(this.int(0, items.length - 1))
    return items.filter((_, i) => chosen.has(i))
  }

  list<T>(min: number, max: number, make: (i: number) => T): T[] {
    return Array.from({ length: this.int(min, max) }, (_, i) => make(i))
  }
}

import fc from 'fast-check'
import { Random } from './random.ts'

/** One value that `draw` makes; the same seed gives the same. */
export function drawn<T>(seed: number, draw: (random: Random) => T): T {
  return fc.sample(new DrawnArbitrary(draw), { seed, numRuns: 1 })[0]
}

class DrawnArbitrary<T> extends fc.Arbitrary<T> {
  readonly #draw: (random: Random) => T

  constructor(draw: (random: Random) => T) {
    super()
    this.#draw = draw
  }

  override generate(generator: fc.Random): fc.Value<T> {
    return new fc.Value(this.#draw(new Random(generator)), undefined)
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false
  }

  override shrink(): fc.Stream<fc.Value<T>> {
    return fc.Stream.nil()
  }
}

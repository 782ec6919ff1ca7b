/** Gives milliseconds since some moment. */
export type Clock = () => number

/** No operator: the time is nobody's. */
const NOBODY = -1

/** Adds up how long each operator worked, without the time of those that it hands rows to. Without a clock it only works. */
export class OperatorTimes {
  readonly #clock: Clock | undefined
  readonly #ms = new Map<number, number>()
  #current = NOBODY
  #since = 0

  constructor(clock: Clock | undefined) {
    this.#clock = clock
  }

  during(ordinal: number, work: () => void): void {
    const clock = this.#clock
    if (clock === undefined) {
      work()
      return
    }
    const outer = this.#current
    this.#switchTo(ordinal, clock())
    try {
      work()
    } finally {
      this.#switchTo(outer, clock())
    }
  }

  #switchTo(ordinal: number, now: number): void {
    if (this.#current !== NOBODY) this.#ms.set(this.#current, this.msOf(this.#current) + now - this.#since)
    this.#current = ordinal
    this.#since = now
  }

  /** Milliseconds that an operator has worked. */
  msOf(ordinal: number): number {
    return this.#ms.get(ordinal) ?? 0
  }
}

/** Lets so many requests a second pass on average; as many may come at once after a pause. */
export class RequestRate {
  readonly #perSecond: number
  #free: number
  #at: number

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond
    this.#free = perSecond
    this.#at = now
  }

  /** Takes one request: 0 when it may pass, else after how many seconds the next one may. */
  take(now: number): number {
    this.#free = Math.min(this.#perSecond, this.#free + (Math.max(0, now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    if (this.#free < 1) return Math.max(1, Math.ceil((1 - this.#free) / this.#perSecond))
    this.#free -= 1
    return 0
  }
}

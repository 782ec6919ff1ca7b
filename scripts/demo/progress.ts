const TICK_MS = 250
const PLAIN_TICK_MS = 15_000
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const WIDTH_DEFAULT = 100

/** What the demo is doing, on standard error: lines that stay, and below them, on a terminal, some that are drawn anew. */
export class Progress {
  readonly #began = performance.now()
  readonly #isTerminal = process.stderr.isTTY === true
  #below: readonly string[] = []
  #drawn = 0

  get seconds(): number {
    return Math.round((performance.now() - this.#began) / 100) / 10
  }

  /** Text that stays. */
  say(text: string): void {
    this.#clear()
    process.stderr.write(`${this.#clock()} ${text}\n`)
    this.#draw()
  }

  /** Lines that stand below, until others do; without a terminal they are not shown. */
  show(lines: readonly string[]): void {
    this.#below = lines
    this.#clear()
    this.#draw()
  }

  /** Shows that a piece of work goes on, until it ends. */
  async during<T>(title: string, work: Promise<T>): Promise<T> {
    const began = performance.now()
    const since = (): number => Math.round((performance.now() - began) / 1000)
    this.say(`${title} …`)
    let frame = 0
    const tick = setInterval(
      () => {
        if (this.#isTerminal) this.show([`${FRAMES[frame++ % FRAMES.length]} ${since()} s`])
        else this.say(`  … ${since()} s`)
      },
      this.#isTerminal ? TICK_MS : PLAIN_TICK_MS,
    )
    try {
      return await work
    } finally {
      clearInterval(tick)
      this.show([])
    }
  }

  #clock(): string {
    return `[${String(Math.floor(this.seconds)).padStart(3)} s]`
  }

  #clear(): void {
    if (this.#isTerminal && this.#drawn > 0) process.stderr.write(`\u001b[${this.#drawn}F\u001b[J`)
    this.#drawn = 0
  }

  #draw(): void {
    if (!this.#isTerminal || this.#below.length === 0) return
    const width = process.stderr.columns || WIDTH_DEFAULT
    // A line longer than the terminal would make the next drawing miss its place.
    process.stderr.write(this.#below.map((line) => `${line.length < width ? line : `${line.slice(0, width - 2)}…`}\n`).join(''))
    this.#drawn = this.#below.length
  }
}

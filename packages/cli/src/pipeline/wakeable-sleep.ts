/** A sleep that ends early when somebody has news. */
export class WakeableSleep {
  #wake = (): void => {}

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends the present sleep; without one, nothing happens. */
  wake(): void {
    this.#wake()
  }
}

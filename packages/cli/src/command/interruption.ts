import { constants } from 'node:os'

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Listens for the signals by which a user stops a command, so that it can leave in order. */
export class Interruption {
  /** Fails at the first signal. */
  readonly asked: Promise<never>
  readonly #sign = Symbol('interrupted')
  #signal: NodeJS.Signals | undefined
  #reject: (reason: unknown) => void = () => {}
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#signal ??= signal
    this.#reject(this.#sign)
  }

  constructor() {
    this.asked = new Promise((_, reject) => {
      this.#reject = reject
    })
    this.asked.catch(() => {})
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
  }

  isThis(error: unknown): boolean {
    return error === this.#sign
  }

  /** As shells give it: 128 and the signal's number. */
  get exitStatus(): number {
    return this.#signal === undefined ? 0 : 128 + constants.signals[this.#signal]
  }

  ignore(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }
}

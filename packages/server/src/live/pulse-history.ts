import type { LiveState } from '../schema/live-state.ts'
import type { Pulse } from '../schema/watch-state.ts'

/** Ten minutes at one a second. */
export const PULSES_MAX = 600

/** The session's figures second by second, so that a page that opens late has a past to show. */
export class PulseHistory {
  readonly #pulses: Pulse[] = []
  #scored: number | undefined
  #at = 0

  get pulses(): readonly Pulse[] {
    return this.#pulses
  }

  add(state: LiveState, now: number): void {
    const scored = state.models.reduce((sum, one) => sum + one.by_model + one.by_fallback, 0)
    const lags = state.sources.flatMap((one) => (one.lag_ms === null ? [] : [one.lag_ms]))
    const rate = this.#scored === undefined || now <= this.#at ? 0 : ((scored - this.#scored) * 1000) / (now - this.#at)
    this.#pulses.push({
      at: new Date(now).toISOString(),
      lines_per_second: state.sources.reduce((sum, one) => sum + one.lines_per_second, 0),
      scored_per_second: Math.max(0, Math.round(rate)),
      lag_ms: lags.length === 0 ? null : Math.max(...lags),
    })
    this.#scored = scored
    this.#at = now
    if (this.#pulses.length > PULSES_MAX) this.#pulses.shift()
  }
}

/** What time it is, epoch ms of simulated time. */
export interface Clock {
  readonly now: () => number
  /** Sets the clock forward; it runs on from there. Never backward. */
  readonly jumpTo: (at: number) => void
  /** Real milliseconds until a simulated time. */
  readonly realMsUntil: (at: number) => number
}

export interface FastClock {
  /** Simulated time at `realStart`, epoch ms. */
  readonly start: number
  /** How many times as fast as real time. */
  readonly speed: number
  /** Real epoch ms at which the clock shows `start`; now when absent. Two processes that are given the same share a clock. */
  readonly realStart?: number
}

/** A clock that runs fast. */
export function fastClock({ start, speed, realStart = Date.now() }: FastClock): Clock {
  const offset = realStart - performance.timeOrigin
  let ahead = 0
  const now = (): number => start + (performance.now() - offset) * speed + ahead
  return {
    now,
    jumpTo: (at) => {
      ahead += Math.max(0, at - now())
    },
    realMsUntil: (at) => (at - now()) / speed,
  }
}

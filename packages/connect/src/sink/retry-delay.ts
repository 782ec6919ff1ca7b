export interface RetryDelay {
  readonly firstMs: number
  readonly msMax: number
}

/** Doublings after which the delay is at its greatest anyway. */
const DOUBLINGS_MAX = 30

/** How long to wait after try number `tries` (from 1): doubled each time up to a limit, of which a random half is left off. */
export function retryDelayMs(tries: number, { firstMs, msMax }: RetryDelay, random: () => number = Math.random): number {
  const full = Math.min(msMax, firstMs * 2 ** Math.min(tries - 1, DOUBLINGS_MAX))
  return Math.round(full * (1 - random() / 2))
}

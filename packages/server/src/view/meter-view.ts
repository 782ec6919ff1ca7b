/** A distribution of seconds: cumulative counts at ascending upper bounds; `count` is all. */
export interface TimingCounts {
  readonly bounds: readonly number[]
  readonly cumulative: readonly number[]
  readonly sum: number
  readonly count: number
}

/** Figures of /metrics that the live state does not hold. Counters only grow while the process lives. */
export interface Meters {
  /** Time spent in a view's operators. */
  readonly features: readonly { readonly asset: string; readonly rows: number; readonly seconds: number }[]
  /** Time of scoring a batch in the stream, by model. */
  readonly scoring: readonly { readonly model: string; readonly timing: TimingCounts }[]
  readonly alerts: readonly { readonly asset: string; readonly raised: number }[]
  readonly outbox: {
    readonly pending: number
    readonly delivered: number
    readonly failedAttempts: number
    /** Age of the oldest message that waits; null when none does. */
    readonly oldestPendingMs: number | null
  }
}

export interface MeterView {
  snapshot(): Meters
}

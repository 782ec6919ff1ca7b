export type JoinNode = IntervalJoinNode | AsOfJoinNode | LookupJoinNode

interface JoinCommon {
  readonly id: string
  readonly kind: 'join'
  readonly left: string
  readonly right: string
  /** Pairs of a left and a right column that must be equal; null keys never join. */
  readonly on: readonly (readonly [string, string])[]
  /** `inner` when absent. */
  readonly how?: 'inner' | 'left'
}

/**
 * Pairs with right.time − left.time in [lower_ms, upper_ms]: left columns, then right columns. `left` adds a row with nulls when no partner
 * can come any more. Event time = the greater of the two, of an unmatched row left's.
 */
export interface IntervalJoinNode extends JoinCommon {
  readonly type: 'interval'
  readonly lower_ms: number
  readonly upper_ms: number
}

/**
 * Each left row with the latest right row before it (`strict`) or at most at its time, not older than `max_age_ms`, both inclusive; of
 * equal times the last by tie. Event time and tie = left's.
 */
export interface AsOfJoinNode extends JoinCommon {
  readonly type: 'as-of'
  /** False when absent. */
  readonly strict?: boolean
  /** No limit when absent. */
  readonly max_age_ms?: number
}

/**
 * Each left row with right's current row by key, as it is when the left row is processed: in a bounded run, of the right records that
 * arrived before it. A replay of a live run may see other rows. The left row keeps its time, tie and stamp.
 */
export interface LookupJoinNode extends JoinCommon {
  readonly type: 'lookup'
}

export type JoinNode = IntervalJoinNode

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

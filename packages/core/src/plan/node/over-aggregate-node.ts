import type { Aggregate } from './window-aggregate-node.ts'

/** Each row in, plus the aggregates over the rows of its key with event time in [t − range_ms, t], equal times included. */
export interface OverAggregateNode {
  readonly id: string
  readonly kind: 'over-aggregate'
  readonly input: string
  readonly keys: readonly string[]
  readonly range_ms: number
  readonly aggregates: readonly Aggregate[]
}

/**
 * The first `n` rows per group, ties by the remaining columns from left to right, ascending. The input is windowed, and `per` holds its
 * window's columns, or an upsert.
 */
export interface TopNNode {
  readonly id: string
  readonly kind: 'top-n'
  readonly input: string
  readonly per: readonly string[]
  readonly order_by: readonly (readonly [string, 'asc' | 'desc'])[]
  readonly n: number
  /** Name of the rank's column, int64 from 1, which comes last. */
  readonly rank?: string
}

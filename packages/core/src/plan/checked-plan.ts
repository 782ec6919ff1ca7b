import type { Field } from '@millrace/columnar'
import type { Plan, PlanNode, PlanSource } from './plan.ts'

/** A node with what the checker found out about it. */
export interface CheckedNode {
  readonly node: PlanNode
  /** Ids of the nodes it reads; of a join left, then right. */
  readonly inputs: readonly string[]
  /** User-visible output columns in order, without system columns. */
  readonly fields: readonly Field[]
  /** Whether rows still carry their source's stamps (true until the first time operator); of a union, whether some do. */
  readonly stamped: boolean
  /** The output column that holds the row's event time, when it still has one; the row's event time itself is carried as system column `_event_time`. */
  readonly eventTime: string | undefined
  /** The source whose stamps all rows carry; undefined after a time operator, and where a union mixes. */
  readonly source: PlanSource | undefined
  /** Every source whose stamps rows carry; none after a time operator. */
  readonly origins: readonly PlanSource[]
  /**
   * Whether rows come out as their records come in: no time operator, which waits for a watermark, stands before. Where so, what is
   * out after an arrival is a function of the records up to it.
   */
  readonly immediate: boolean
  /** What orders rows of equal event time. */
  readonly tie: Tie
  /** Output columns that choose the partition of a row; empty: one partition; undefined: a project dropped one of them. */
  readonly partitionedBy: readonly string[] | undefined
  /** How many partitions the rows lie in: a number, or as many as this source has, which the engine knows. */
  readonly partitions: number | { readonly asSource: string }
  /** Rows are current values by key, corrected as more comes in; time operators may not stand behind them. */
  readonly upsert: boolean
  /** Of an upsert: columns of which no two current rows have equal values; undefined where none are known. */
  readonly upsertKeys: readonly string[] | undefined
  /** Names of the columns that hold bounds of the window that each row is of; undefined where rows are of none. */
  readonly window: { readonly start: string; readonly end: string } | undefined
}

/** The order of rows with equal event time: by `_arrival`, null least, then by position, then by all columns from left to right, null least. */
export interface Tie {
  /** Whether rows have an arrival; without one the columns decide. */
  readonly arrival: 'always' | 'sometimes' | 'never'
  /** Positions that unions gave: each row has one, 0 to `positions` − 1. */
  readonly positions: number
}

/** What `checkPlan` returns: names resolved, every expression well typed, nodes in topological order, the hash right. Engines accept only this. */
export interface CheckedPlan {
  readonly plan: Plan & { readonly hash: string }
  readonly sources: ReadonlyMap<string, PlanSource>
  readonly nodes: readonly CheckedNode[]
  readonly byId: ReadonlyMap<string, CheckedNode>
  readonly output: CheckedNode
}

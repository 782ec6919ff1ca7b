import type { Field } from '@millrace/columnar'
import type { DedupeNode } from './node/dedupe-node.ts'
import type { ExchangeNode } from './node/exchange-node.ts'
import type { FilterNode } from './node/filter-node.ts'
import type { JoinNode } from './node/join-node.ts'
import type { LatestNode } from './node/latest-node.ts'
import type { MapNode } from './node/map-node.ts'
import type { OverAggregateNode } from './node/over-aggregate-node.ts'
import type { ProjectNode } from './node/project-node.ts'
import type { ScanNode } from './node/scan-node.ts'
import type { ScoreNode } from './node/score-node.ts'
import type { SinkNode } from './node/sink-node.ts'
import type { TopNNode } from './node/top-n-node.ts'
import type { UnionNode } from './node/union-node.ts'
import type { WindowAggregateNode } from './node/window-aggregate-node.ts'

export type PlanNode =
  | ScanNode
  | FilterNode
  | ProjectNode
  | ExchangeNode
  | WindowAggregateNode
  | OverAggregateNode
  | JoinNode
  | DedupeNode
  | LatestNode
  | UnionNode
  | TopNNode
  | MapNode
  | ScoreNode
  | SinkNode

/**
 * `keep`: late rows go to the late table. `drop`: they are counted. `revise`: results are corrected by rows that are at most so late, a
 * duration such as `1h`; what is later goes to the late table.
 */
export type LatePolicy = 'keep' | 'drop' | { readonly revise: string }

/** A field of a source; `min` and `max` are the contract's bounds. */
export interface SourceField extends Partial<Field> {
  readonly name: string
  readonly type: string
  readonly nullable?: boolean
  readonly min?: string
  readonly max?: string
}

export interface PlanSource {
  readonly name: string
  readonly event_time: string
  /** Columns that choose the log partition; empty or absent: one partition. */
  readonly key?: readonly string[]
  readonly watermark_delay_ms: number
  readonly late: LatePolicy
  readonly splits?: number
  readonly fields: readonly SourceField[]
}

/** The serialisable description of a computation that the engines run. Nodes stand in any order; `output` is a node's id. */
export interface Plan {
  readonly millrace_plan: 1
  readonly hash?: string
  readonly sources: readonly PlanSource[]
  readonly nodes: readonly PlanNode[]
  readonly output: string
}

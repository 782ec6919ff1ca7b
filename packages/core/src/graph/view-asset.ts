import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import type { Expr } from '../expr/expr.ts'
import type { MapFunction } from '../plan/map-function.ts'
import type { MapColumn } from '../plan/node/map-node.ts'
import type { Aggregate, Window } from '../plan/node/window-aggregate-node.ts'
import type { PlanNode } from '../plan/plan.ts'
import type { NamedExpr } from './features-asset.ts'
import type { NamedType } from './joined-asset.ts'
import type { MicroBatch } from './materialize.ts'
import type { AnyRelation, Columns, Relation } from './relation.ts'
import { type Row, rowOf } from './row.ts'

/** Pairs of a left and a right column that must be equal. */
export type JoinPairs = readonly (readonly [string, string])[]

/** What a view computes from its inputs: an operation of the plan with its arguments resolved. */
export type ViewOperation =
  | {
      readonly kind: 'select'
      readonly where: Expr | undefined
      /** All of the input's when undefined. */
      readonly columns: readonly NamedExpr[] | undefined
      readonly eventTime: string | undefined
    }
  | {
      readonly kind: 'aggregate'
      readonly where: Expr | undefined
      readonly keys: readonly NamedExpr[]
      readonly window: Window
      readonly aggregates: readonly Aggregate[]
      readonly derived: readonly NamedExpr[]
    }
  | { readonly kind: 'over'; readonly by: readonly string[]; readonly rangeMs: number; readonly aggregates: readonly Aggregate[] }
  | {
      readonly kind: 'join'
      readonly match: JoinMatch
      readonly how: 'inner' | 'left'
      readonly on: JoinPairs
      /** Over the left columns, and the right ones under their aliases. */
      readonly columns: readonly NamedExpr[]
    }
  | { readonly kind: 'dedupe'; readonly by: readonly string[]; readonly horizonMs: number }
  | { readonly kind: 'latest'; readonly by: readonly string[]; readonly deleted: string | undefined }
  | { readonly kind: 'union' }
  /** Nodes of a plan, inputs first; scans are of the inputs by their names. */
  | { readonly kind: 'plan'; readonly nodes: readonly PlanNode[]; readonly output: string }
  | { readonly kind: 'map'; readonly fn: MapFunction; readonly reads: readonly string[]; readonly columns: readonly MapColumn[] }
  | {
      readonly kind: 'top-n'
      readonly per: readonly string[]
      readonly orderBy: readonly (readonly [string, 'asc' | 'desc'])[]
      readonly n: number
      readonly rank: string | undefined
    }

/** Which right rows stand beside a left one. */
export type JoinMatch =
  | { readonly type: 'interval'; readonly lower_ms: number; readonly upper_ms: number }
  | { readonly type: 'as-of'; readonly strict?: boolean; readonly max_age_ms?: number }
  | { readonly type: 'lookup' }

/** Rows computed from those of other relations: one definition for stream and batch. */
export interface ViewAsset<V extends Columns = Columns> {
  readonly kind: 'view'
  readonly name: string
  readonly inputs: readonly AnyRelation[]
  readonly operation: ViewOperation
  /** Columns that say what a row is about; none where rows are about themselves. */
  readonly entity: readonly string[]
  /** Whether the view has a table of its own. */
  readonly table: boolean
  readonly materialize: MicroBatch | undefined
  readonly row: Row<V>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/** What every view's options may say. */
export interface CommonViewOptions {
  /** `false`: the view is a part of others and keeps no table of its own. */
  readonly table?: boolean
  /** How the view's table is filled in `dev` and `up`: by the stream engine when left out, or `microBatch('30s')`. */
  readonly materialize?: MicroBatch
  readonly doc?: string
}

interface ViewParts {
  readonly inputs: readonly Relation[]
  readonly operation: ViewOperation
  readonly columns: readonly NamedType[]
  readonly entity?: readonly string[]
  readonly options: CommonViewOptions
}

/** Makes the asset of a view whose arguments are resolved. */
export function viewAsset<V extends Columns>(name: string, parts: ViewParts): ViewAsset<V> {
  const { inputs, operation, columns, entity = [], options } = parts
  return {
    kind: 'view',
    name,
    inputs: inputs as unknown as readonly AnyRelation[],
    operation,
    entity,
    table: options.table ?? true,
    materialize: options.materialize,
    row: rowOf(columns, `view \`${name}\``) as Row<V>,
    doc: options.doc,
    at: declaredAt(),
  }
}

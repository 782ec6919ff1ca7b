import type { Expr } from '../../expr/expr.ts'

/** A column of a project. `event_time: true` on a bare `{col}` makes it the row's event time. */
export interface ProjectedColumn {
  readonly name: string
  readonly expr: Expr
  readonly event_time?: boolean
}

/** Gives exactly these columns; the event time stays the row's even when its column is dropped. */
export interface ProjectNode {
  readonly id: string
  readonly kind: 'project'
  readonly input: string
  readonly columns: readonly ProjectedColumn[]
}

import type { Expr } from '../../expr/expr.ts'

/** Keeps the rows where `where` is true; null is not true. */
export interface FilterNode {
  readonly id: string
  readonly kind: 'filter'
  readonly input: string
  readonly where: Expr
}

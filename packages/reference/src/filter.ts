import type { FilterNode } from '@millrace/core'
import { evaluateExpr } from './evaluate-expr.ts'
import type { Row } from './row.ts'

/** Filter: the rows where `where` is true; null is not true. Event time and stamp stay. */
export function filter(node: FilterNode, rows: readonly Row[], types: ReadonlyMap<string, string>): Row[] {
  return rows.filter((row) => evaluateExpr(node.where, { columns: row.columns, types }) === true)
}

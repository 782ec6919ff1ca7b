import type { ProjectNode } from '@millrace/core'
import type { Datum } from './datum.ts'
import { evaluateExpr } from './evaluate-expr.ts'
import type { Row } from './row.ts'

/**
 * Project: exactly these columns, each computed from the row that comes in. The event time stays the row's, even when its column
 * is dropped; a bare column marked `event_time` replaces it. The stamp stays.
 */
export function project(node: ProjectNode, rows: readonly Row[], types: ReadonlyMap<string, string>): Row[] {
  const timeColumn = node.columns.find((column) => column.event_time === true)?.name
  return rows.map((row) => {
    const columns = new Map<string, Datum>()
    for (const { name, expr } of node.columns) columns.set(name, evaluateExpr(expr, { columns: row.columns, types }))
    const eventTime = timeColumn === undefined ? row.eventTime : (columns.get(timeColumn) as number)
    return { ...row, columns, eventTime }
  })
}

import type { LatestNode } from '@millrace/core'
import { byKey } from './group.ts'
import type { Row } from './row.ts'
import { compareRows } from './row-order.ts'

/** Latest: of each key the last row in the order of rows, none where its column `deleted` is true. Nothing is late; null keys are one key. */
export function latest(node: LatestNode, rows: readonly Row[]): Row[] {
  return byKey(rows, node.keys)
    .map((group) => group.toSorted(compareRows)[group.length - 1])
    .filter((row) => node.deleted === undefined || row.columns.get(node.deleted) !== true)
    .map((row) => ({ ...row, stamp: undefined }))
}

import type { TopNNode } from '@millrace/core'
import type { Datum } from './datum.ts'
import { byKey } from './group.ts'
import { compareDatums, compareLists } from './order.ts'
import type { Row } from './row.ts'

/**
 * Top-n: of each group the first `n` rows by `order_by`, null being the least value: first when ascending, last when descending. Ties go
 * by the remaining columns from left to right, ascending. The rank counts from 1; nothing is late.
 */
export function topN(node: TopNNode, rows: readonly Row[]): Row[] {
  return byKey(rows, node.per).flatMap((group) =>
    group
      .toSorted((a, b) => compareBy(node, a, b))
      .slice(0, node.n)
      .map((row, i) => (node.rank === undefined ? row : withRank(row, node.rank, BigInt(i + 1)))),
  )
}

function compareBy(node: TopNNode, a: Row, b: Row): number {
  for (const [name, direction] of node.order_by) {
    const order = compareDatums(a.columns.get(name) as Datum, b.columns.get(name) as Datum)
    if (order !== 0) return direction === 'asc' ? order : -order
  }
  return compareLists([...a.columns.values()], [...b.columns.values()])
}

function withRank(row: Row, name: string, rank: Datum): Row {
  return { ...row, columns: new Map([...row.columns, [name, rank]]) }
}

import type { Column } from '@millrace/columnar'
import type { RegisterColumn, TopNPlan } from '../physical-plan.ts'
import { rowOrder } from './row-order.ts'
import { comparerOf, numberComparer, type RowComparer } from './value-order.ts'

/** Rows whose columns are asked for by register, and only where they decide. */
export interface RankableRows {
  readonly rows: number
  column(register: number): Column
}

export interface Ranked {
  /** Rows, group by group, the first first. */
  readonly chosen: Int32Array
  /** In parallel: their ranks from 1 on. */
  readonly ranks: Int32Array
}

/** The first `n` rows of each group, ties by the remaining columns from left to right, ascending. */
export function firstOfGroups(
  given: RankableRows,
  groups: Int32Array,
  by: { readonly order: TopNPlan['order']; readonly ties: readonly RegisterColumn[]; readonly n: number },
): Ranked {
  const comparer = ({ register, type }: RegisterColumn): RowComparer => comparerOf(given.column(register), type)
  const sorted = rowOrder(given.rows, [
    () => numberComparer(groups),
    ...by.order.map((one) => () => (one.descending ? reversed(comparer(one)) : comparer(one))),
    ...by.ties.map((one) => () => comparer(one)),
  ])
  const chosen = new Int32Array(given.rows)
  const ranks = new Int32Array(given.rows)
  let size = 0
  let rank = 0
  let group = -1
  for (let place = 0; place < given.rows; place++) {
    const row = sorted === null ? place : sorted[place]
    rank = groups[row] === group ? rank + 1 : 1
    group = groups[row]
    if (rank > by.n) continue
    chosen[size] = row
    ranks[size++] = rank
  }
  return { chosen: chosen.subarray(0, size), ranks: ranks.subarray(0, size) }
}

/** The opposite order. */
export function reversed(compare: RowComparer): RowComparer {
  return (a, b) => compare(b, a)
}

import type { Typed } from '../../expr/typed.ts'
import { viewColumns } from '../joined-asset.ts'
import { type ColumnName, type Columns, type Names, nameList, type Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { pickColumns, refuseDuplicates } from './column.ts'

/** A column and the direction in which rows are ordered by it. */
export interface Ordering<N extends string = string> {
  readonly column: N
  readonly direction: 'asc' | 'desc'
}

/** Least first; null is the least. */
export function asc<N extends string>(column: N): Ordering<N> {
  return { column, direction: 'asc' }
}

/** Greatest first; null is the last. */
export function desc<N extends string>(column: N): Ordering<N> {
  return { column, direction: 'desc' }
}

export interface TopNOptions<V extends Columns, R extends string> extends CommonViewOptions {
  /** Rows are ranked among those equal in these columns; of windows always among those of their window. */
  readonly per?: Names<ColumnName<V>>
  readonly orderBy: readonly Ordering<ColumnName<V>>[]
  /** Most rows of each group. */
  readonly n: number
  /** Name of a column that gives the rank, from 1. */
  readonly rank?: R
}

/**
 * Declares a view of the first rows of each group: of a view by windows or of one whose rows are corrected. Ties are decided by the remaining
 * columns from left to right, ascending.
 *
 * @example
 * const busiest = topN('busiest', ipActivity, { orderBy: [desc('hits')], n: 10, rank: 'rank' })
 */
export function topN<V extends Columns, R extends string = never>(
  name: string,
  input: Relation<V>,
  options: TopNOptions<V, R>,
): ViewAsset<V & { [N in R]: Typed<'int64'> }> {
  const per = pickColumns(input.row, nameList(options.per ?? [])).map((column) => column.name)
  pickColumns(
    input.row,
    options.orderBy.map(({ column }) => column),
  )
  const rank = options.rank === undefined ? [] : [{ name: options.rank, type: 'int64' }]
  const columns = [...viewColumns(input), ...rank]
  refuseDuplicates(columns, `view \`${name}\``)
  return viewAsset(name, {
    inputs: [input],
    operation: {
      kind: 'top-n',
      per,
      orderBy: options.orderBy.map(({ column, direction }) => [column, direction] as const),
      n: options.n,
      rank: options.rank,
    },
    columns,
    entity: per,
    options,
  })
}

import { type Duration, durationMs } from '../../type/duration.ts'
import { viewColumns } from '../joined-asset.ts'
import { type ColumnName, type Columns, type Names, nameList, type Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { pickColumns } from './column.ts'

export interface DedupeOptions<V extends Columns> extends CommonViewOptions {
  /** Rows that are equal in these columns repeat each other. */
  readonly by: Names<ColumnName<V>>
  /** A row is dropped when another of its key lies at most this long before it. */
  readonly horizon: Duration
}

/**
 * Declares a view of the input's rows without repeats.
 *
 * @example
 * const once = dedupe('orders_once', orders, { by: 'order_id', horizon: '1h' })
 */
export function dedupe<V extends Columns>(name: string, input: Relation<V>, options: DedupeOptions<V>): ViewAsset<V> {
  const by = pickColumns(input.row, nameList(options.by)).map((column) => column.name)
  return viewAsset(name, {
    inputs: [input],
    operation: { kind: 'dedupe', by, horizonMs: durationMs(options.horizon, `horizon of view \`${name}\``) },
    columns: viewColumns(input),
    entity: by,
    options,
  })
}

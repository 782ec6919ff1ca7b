import { viewColumns } from '../joined-asset.ts'
import { type ColumnName, type Columns, type NameOfType, type Names, nameList, type Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { pickColumns } from './column.ts'

export interface LatestOptions<V extends Columns> extends CommonViewOptions {
  /** There is one current row per value of these columns. */
  readonly by: Names<ColumnName<V>>
  /** A column that, where it is true in the latest row, takes the key's row away. */
  readonly deleted?: NameOfType<V, 'boolean'>
}

/**
 * Declares a view of the current row of each key: that of the greatest event time. Its rows are corrected as more comes in.
 *
 * @example
 * const customers = latest('customers', customerChanges, { by: 'customer_id', deleted: 'is_deleted' })
 */
export function latest<V extends Columns>(name: string, input: Relation<V>, options: LatestOptions<V>): ViewAsset<V> {
  const by = pickColumns(input.row, nameList(options.by)).map((column) => column.name)
  const deleted = options.deleted === undefined ? undefined : pickColumns(input.row, [options.deleted])[0].name
  return viewAsset(name, {
    inputs: [input],
    operation: { kind: 'latest', by, deleted },
    columns: viewColumns(input),
    entity: by,
    options,
  })
}

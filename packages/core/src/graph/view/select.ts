import type { Typed } from '../../expr/typed.ts'
import { namedExprs } from '../features-asset.ts'
import { viewColumns } from '../joined-asset.ts'
import type { Columns, NameOfType, Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { columnTypes } from './column.ts'

export interface SelectOptions<V extends Columns, C extends Columns> extends CommonViewOptions {
  /** Rows that stay; all when left out. */
  readonly where?: (row: V) => Typed<'boolean'>
  /** Exactly the columns of the view. */
  readonly columns: (row: V) => C
  /** A column of the view that is its event time from now on; a column of the input as it is. The input's when left out. */
  readonly eventTime?: NameOfType<C, 'timestamp'>
}

/**
 * Declares a view of chosen and computed columns.
 *
 * @example
 * const pages = select('pages', requests, { where: (r) => eq(r.http_method, 'GET'), columns: (r) => ({ ip: r.ip, section: split(r.path, '/', 2) }) })
 */
export function select<V extends Columns, C extends Columns>(name: string, input: Relation<V>, options: SelectOptions<V, C>): ViewAsset<C> {
  const columns = options.columns(input.row)
  const named = namedExprs(columns, `view \`${name}\``)
  const where = options.where?.(input.row).expr
  return viewAsset(name, {
    inputs: [input],
    operation: { kind: 'select', where, columns: named, eventTime: options.eventTime },
    columns: columnTypes(columns),
    options,
  })
}

/**
 * Declares a view of the rows in which a condition is true; null is not true.
 *
 * @example
 * const errors = filter('errors', requests, (r) => gte(r.status, 500))
 */
export function filter<V extends Columns>(
  name: string,
  input: Relation<V>,
  where: (row: V) => Typed<'boolean'>,
  options: CommonViewOptions = {},
): ViewAsset<V> {
  return viewAsset(name, {
    inputs: [input],
    operation: { kind: 'select', where: where(input.row).expr, columns: undefined, eventTime: undefined },
    columns: viewColumns(input),
    options,
  })
}

import type { AggregateValue } from '../../expr/aggregate.ts'
import type { Typed } from '../../expr/typed.ts'
import { type Duration, durationMs } from '../../type/duration.ts'
import { aggregateOf, type FeatureColumns } from '../features-asset.ts'
import { viewColumns } from '../joined-asset.ts'
import { type ColumnName, type Columns, type Names, nameList, type Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { columnTypes, pickColumns, refuseDuplicates } from './column.ts'

type Results<C extends FeatureColumns> = { [N in keyof C]: C[N] extends AggregateValue<infer T> ? Typed<T> : Typed }

export interface OverOptions<V extends Columns, C extends FeatureColumns> extends CommonViewOptions {
  /** Rows of one key see each other; an empty list: all rows. */
  readonly by: Names<ColumnName<V>>
  /** How far back from a row's event time its aggregates reach; the row itself and those of the same time are among them. */
  readonly range: Duration
  /** Aggregates that every row gets in addition. */
  readonly columns: (row: V) => C
}

/**
 * Declares a view of the input's rows, each with aggregates over its key's rows shortly before it.
 *
 * @example
 * const paced = over('paced', requests, { by: 'ip', range: '10m', columns: (r) => ({ recent: count(), largest: max(r.response_bytes) }) })
 */
export function over<V extends Columns, C extends FeatureColumns>(
  name: string,
  input: Relation<V>,
  options: OverOptions<V, C>,
): ViewAsset<V & Results<C>> {
  const what = `view \`${name}\``
  const by = pickColumns(input.row, nameList(options.by)).map((column) => column.name)
  const results = options.columns(input.row)
  const columns = [...viewColumns(input), ...columnTypes(results)]
  refuseDuplicates(columns, what)
  return viewAsset(name, {
    inputs: [input],
    operation: {
      kind: 'over',
      by,
      rangeMs: durationMs(options.range, `range of ${what}`),
      aggregates: Object.entries(results).map(([column, value]) => aggregateOf(column, value, what)),
    },
    columns,
    entity: by,
    options,
  })
}

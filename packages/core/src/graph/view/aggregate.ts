import type { AggregateValue } from '../../expr/aggregate.ts'
import type { Typed } from '../../expr/typed.ts'
import type { AllWindow, Window } from '../../plan/node/window-aggregate-node.ts'
import { aggregateOf, type DerivedColumns, type FeatureColumns, type NamedExpr, namedExprs } from '../features-asset.ts'
import type { NamedType } from '../joined-asset.ts'
import { type ColumnName, type Columns, type Names, nameList, type Relation } from '../relation.ts'
import { rowOf } from '../row.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { columnTypes, pickColumns, refuseDuplicates } from './column.ts'

type Results<C extends FeatureColumns> = { [N in keyof C]: C[N] extends AggregateValue<infer T> ? Typed<T> : Typed }
type Bounds<W extends Window> = W extends AllWindow
  ? Record<never, never>
  : { window_start: Typed<'timestamp'>; window_end: Typed<'timestamp'> }

interface AggregateParts<V extends Columns, K extends Columns, W extends Window, C extends FeatureColumns, D extends DerivedColumns>
  extends CommonViewOptions {
  readonly window: W
  /** Rows that count; all when left out. */
  readonly where?: (row: V) => Typed<'boolean'>
  readonly columns: (row: V) => C
  /** Further columns from the view's own, for example ratios. */
  readonly derive?: (view: Bounds<W> & K & Results<C>) => D
}

export interface AggregateOptions<
  V extends Columns,
  B extends ColumnName<V>,
  W extends Window,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
> extends AggregateParts<V, Pick<V, B>, W, C, D> {
  /** The columns that group; an empty list makes one group of all rows. */
  readonly by: Names<B>
}

export interface ComputedAggregateOptions<
  V extends Columns,
  K extends Columns,
  W extends Window,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
> extends AggregateParts<V, K, W, C, D> {
  /** What groups, computed from the input's columns. */
  readonly by: (row: V) => K
}

/**
 * Declares a view of aggregates by key and window over any relation. With the window `all()` there are no window columns, and rows are corrected.
 *
 * @example
 * const visits = aggregate('visits', requests, { by: 'ip', window: session('30m'), columns: () => ({ pages: count() }) })
 */
export function aggregate<
  V extends Columns,
  B extends ColumnName<V>,
  W extends Window,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
>(name: string, input: Relation<V>, options: AggregateOptions<V, B, W, C, D>): ViewAsset<Bounds<W> & Pick<V, B> & Results<C> & D>
export function aggregate<
  V extends Columns,
  K extends Columns,
  W extends Window,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
>(name: string, input: Relation<V>, options: ComputedAggregateOptions<V, K, W, C, D>): ViewAsset<Bounds<W> & K & Results<C> & D>
export function aggregate<V extends Columns>(name: string, input: Relation<V>, options: AnyAggregateOptions<V>): ViewAsset {
  const { row } = input
  const what = `view \`${name}\``
  const { keys, columns: keyColumns } = keysOf(options.by, row, what)
  const results = options.columns(row)
  const bounds = options.window.kind === 'all' ? [] : BOUNDS
  const own = [...bounds, ...keyColumns, ...columnTypes(results)]
  const derived = options.derive === undefined ? {} : options.derive(rowOf(own, what) as never)
  const columns = [...own, ...columnTypes(derived)]
  refuseDuplicates(columns, what)
  return viewAsset(name, {
    inputs: [input],
    operation: {
      kind: 'aggregate',
      where: options.where?.(row).expr,
      keys,
      window: options.window,
      aggregates: Object.entries(results).map(([column, value]) => aggregateOf(column, value, what)),
      derived: namedExprs(derived, what),
    },
    columns,
    entity: keyColumns.map((column) => column.name),
    options,
  })
}

const BOUNDS: readonly NamedType[] = ['window_start', 'window_end'].map((name) => ({ name, type: 'timestamp' }))

/** The options as the body sees them, whichever way the keys are given. */
interface AnyAggregateOptions<V extends Columns> extends CommonViewOptions {
  readonly by: Names<string> | ((row: V) => Columns)
  readonly window: Window
  readonly where?: (row: V) => Typed<'boolean'>
  readonly columns: (row: V) => FeatureColumns
  readonly derive?: (view: never) => DerivedColumns
}

interface Keys {
  readonly keys: readonly NamedExpr[]
  readonly columns: readonly NamedType[]
}

function keysOf<V extends Columns>(by: AnyAggregateOptions<V>['by'], row: V, what: string): Keys {
  if (typeof by === 'function') {
    const computed = by(row)
    return { keys: namedExprs(computed, `the keys of ${what}`), columns: columnTypes(computed) }
  }
  const columns = pickColumns(row, nameList(by))
  return { keys: columns.map(({ name }) => ({ name, expr: { col: name } })), columns }
}

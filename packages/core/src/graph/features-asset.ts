import type { Fields } from '../contract/contract.ts'
import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import type { AggregateValue, Order } from '../expr/aggregate.ts'
import type { Expr } from '../expr/expr.ts'
import { isTyped, type Typed, type TypeName } from '../expr/typed.ts'
import type { Aggregate } from '../plan/node/window-aggregate-node.ts'
import type { MicroBatch } from './materialize.ts'
import { type Row, rowOf } from './row.ts'
import type { StreamAsset, StreamRow } from './stream-asset.ts'
import type { BoundedWindow } from './window.ts'

export type FeatureColumns = Readonly<Record<string, AggregateValue>>
/** Columns computed from others. */
export type DerivedColumns = Readonly<Record<string, Typed>>
type Columns = Readonly<Record<string, Typed>>

/** Repartitions a view's rows by its entity. */
export interface ExchangeOptions {
  /** The source's number when left out. */
  readonly partitions?: number
}

interface CommonOptions<F extends Fields, K extends Columns, C extends FeatureColumns, D extends DerivedColumns> {
  readonly window: BoundedWindow
  /** Rows that count; all when left out. */
  readonly where?: (row: StreamRow<F>) => Typed<'boolean'>
  readonly columns: (row: StreamRow<F>) => C
  /** Further columns from the view's own, for example ratios. */
  readonly derive?: (view: WindowRow<K, C>) => D
  /** Brings rows of one entity together where the stream's key does not: it costs a pass through the log, so it is said. */
  readonly exchange?: ExchangeOptions
  /** `false`: the view is a part of others and keeps no table of its own. */
  readonly table?: boolean
  /** How the view's table is filled in `dev` and `up`: by the stream engine when left out, or `microBatch('30s')`. */
  readonly materialize?: MicroBatch
  readonly doc?: string
}

export interface FeaturesOptions<
  F extends Fields,
  E extends Extract<keyof F, string>,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
> extends CommonOptions<F, { [N in E]: Typed<F[N]['type']> }, C, D> {
  /** What a row is about: the columns that group. An empty list is the whole stream. */
  readonly entity: E | readonly E[]
}

export interface DerivedEntityOptions<
  F extends Fields,
  K extends Columns,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
> extends CommonOptions<F, K, C, D> {
  /** What a row is about, computed from the stream's columns. */
  readonly entity: (row: StreamRow<F>) => K
}

/** A column and what gives it. */
export interface NamedExpr {
  readonly name: string
  readonly expr: Expr
}

/** Aggregates of a stream by entity and window: one definition for stream and batch. */
export interface FeaturesAsset<V extends Columns = Columns> {
  readonly kind: 'features'
  readonly name: string
  readonly input: StreamAsset
  readonly entity: readonly string[]
  /** Keys that are computed; empty where the entity's columns are the stream's. */
  readonly keys: readonly NamedExpr[]
  readonly exchange: ExchangeOptions | undefined
  readonly window: BoundedWindow
  readonly where: Expr | undefined
  readonly aggregates: readonly Aggregate[]
  readonly derived: readonly NamedExpr[]
  /** Whether the view has a table of its own. */
  readonly table: boolean
  readonly materialize: MicroBatch | undefined
  readonly row: Row<V>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

type WindowRow<K extends Columns, C extends FeatureColumns> = {
  window_start: Typed<'timestamp'>
  window_end: Typed<'timestamp'>
} & K & { [N in keyof C]: C[N] extends AggregateValue<infer T> ? Typed<T> : Typed }

/**
 * Declares a feature view.
 *
 * @example
 * const ipActivity = features('ip_activity', requests, { entity: 'ip', window: hopping('5m', { every: '1m' }),
 *   columns: (r) => ({ hits: count(), errors: count({ where: gte(r.status, 400) }) }) })
 * @example
 * const siteActivity = features('site_activity', requests, { entity: (r) => ({ segment: split(r.path, '/', 2) }), exchange: {},
 *   window: tumbling('1m'), columns: () => ({ hits: count() }) })
 */
export function features<
  F extends Fields,
  E extends Extract<keyof F, string>,
  C extends FeatureColumns,
  D extends DerivedColumns = Record<never, never>,
>(
  name: string,
  input: StreamAsset<F>,
  options: FeaturesOptions<F, E, C, D>,
): FeaturesAsset<WindowRow<{ [N in E]: Typed<F[N]['type']> }, C> & D>
export function features<F extends Fields, K extends Columns, C extends FeatureColumns, D extends DerivedColumns = Record<never, never>>(
  name: string,
  input: StreamAsset<F>,
  options: DerivedEntityOptions<F, K, C, D>,
): FeaturesAsset<WindowRow<K, C> & D>
export function features<F extends Fields>(name: string, input: StreamAsset<F>, options: AnyFeaturesOptions<F>): FeaturesAsset {
  const at = declaredAt()
  const { row } = input
  const { keys, entity } = entityOf(options.entity, row)
  const columns = options.columns(row)
  const what = `feature view \`${name}\``
  const aggregates = Object.entries(columns).map(([column, value]) => aggregateOf(column, value, what))
  const view = [
    { name: 'window_start', type: 'timestamp' },
    { name: 'window_end', type: 'timestamp' },
    ...entity,
    ...Object.entries(columns).map(([column, value]) => ({ name: column, type: value.type })),
  ]
  const derived = options.derive === undefined ? {} : options.derive(rowOf(view, what) as never)
  return {
    kind: 'features',
    name,
    input: input as unknown as StreamAsset,
    entity: entity.map((column) => column.name),
    keys,
    exchange: options.exchange,
    window: options.window,
    where: options.where?.(row).expr,
    aggregates,
    derived: namedExprs(derived, what),
    table: options.table ?? true,
    materialize: options.materialize,
    row: rowOf([...view, ...Object.entries(derived).map(([column, value]) => ({ name: column, type: value.type }))], what),
    doc: options.doc,
    at,
  }
}

/** The options as the body sees them, whichever way the entity is given. */
interface AnyFeaturesOptions<F extends Fields> {
  readonly entity: string | readonly string[] | ((row: StreamRow<F>) => Columns)
  readonly window: BoundedWindow
  readonly where?: (row: StreamRow<F>) => Typed<'boolean'>
  readonly columns: (row: StreamRow<F>) => FeatureColumns
  readonly derive?: (view: never) => DerivedColumns
  readonly exchange?: ExchangeOptions
  readonly table?: boolean
  readonly materialize?: MicroBatch
  readonly doc?: string
}

interface Entity {
  readonly keys: readonly NamedExpr[]
  readonly entity: readonly { readonly name: string; readonly type: string }[]
}

function entityOf<F extends Fields>(entity: AnyFeaturesOptions<F>['entity'], row: StreamRow<F>): Entity {
  if (typeof entity === 'function') {
    const computed = entity(row)
    return {
      keys: namedExprs(computed, 'an entity'),
      entity: Object.entries(computed).map(([column, value]) => ({ name: column, type: value.type })),
    }
  }
  const names = typeof entity === 'string' ? [entity] : entity
  return { keys: [], entity: names.map((column) => ({ name: column, type: (row as Columns)[column].type })) }
}

/** Columns as a project takes them; refuses what is no expression with `project/not-an-expression`. */
export function namedExprs(columns: Columns, what: string): readonly NamedExpr[] {
  return Object.entries(columns).map(([name, value]) => {
    if (isTyped(value)) return { name, expr: value.expr }
    throw userError('project/not-an-expression', `Column \`${name}\` of ${what} is no expression.`, {
      asked: name,
      do: 'Give it a column or a function of columns.',
    })
  })
}

/** An aggregate as a plan takes it; refuses other values with `project/not-an-aggregate`. */
export function aggregateOf(column: string, value: AggregateValue<TypeName>, what: string): Aggregate {
  if (typeof value?.fn !== 'string') {
    throw userError('project/not-an-aggregate', `Column \`${column}\` of ${what} is no aggregate.`, {
      asked: column,
      do: 'Give it count(), sum(…), countDistinct(…) or another aggregate.',
    })
  }
  const parts: { args?: Expr[]; where?: Expr; max?: number; order_by?: Aggregate['order_by'] } = {}
  if (value.args.length > 0) parts.args = value.args.map((arg) => arg.expr)
  if (value.where !== undefined) parts.where = value.where.expr
  if (value.max !== undefined) parts.max = value.max
  if (value.orderBy !== undefined) parts.order_by = value.orderBy.map((order) => orderOf(order, `\`${column}\` of ${what}`))
  return { name: column, fn: value.fn, ...parts }
}

function orderOf(order: Order, what: string): readonly [string, 'asc' | 'desc'] {
  const [column, direction] = isTyped(order) ? [order, 'asc' as const] : order
  if ('col' in column.expr) return [column.expr.col, direction]
  throw userError('project/not-a-column', `The order of ${what} is by an expression; it can only be by columns.`, {
    asked: column.expr,
    do: 'Give the expression a name first, and order by that column.',
  })
}

import type { Fields } from '../contract/contract.ts'
import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { type Duration, durationMs } from '../contract/duration.ts'
import { userError } from '../error/index.ts'
import type { AggregateValue } from '../expr/aggregate.ts'
import type { Expr } from '../expr/expr.ts'
import type { Typed, TypeName } from '../expr/typed.ts'
import type { Aggregate, Window } from '../plan/node/window-aggregate-node.ts'
import { type Row, rowOf } from './row.ts'
import { type StreamAsset, type StreamRow, streamRow } from './stream-asset.ts'

export type FeatureColumns = Readonly<Record<string, AggregateValue>>

export interface FeaturesOptions<F extends Fields, E extends Extract<keyof F, string>, C extends FeatureColumns> {
  /** What a row is about: the columns that group. */
  readonly entity: E | readonly E[]
  readonly window: Window
  /** Rows that count; all when left out. */
  readonly where?: (row: StreamRow<F>) => Typed<'boolean'>
  readonly columns: (row: StreamRow<F>) => C
  readonly doc?: string
}

/** Aggregates of a stream by entity and window: one definition for stream and batch. */
export interface FeaturesAsset<V extends Readonly<Record<string, Typed>> = Readonly<Record<string, Typed>>> {
  readonly kind: 'features'
  readonly name: string
  readonly input: StreamAsset
  readonly entity: readonly string[]
  readonly window: Window
  readonly where: Expr | undefined
  readonly aggregates: readonly Aggregate[]
  readonly row: Row<V>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

type ViewRow<F extends Fields, E extends keyof F, C extends FeatureColumns> = {
  window_start: Typed<'timestamp'>
  window_end: Typed<'timestamp'>
} & { [K in E]: Typed<F[K]['type']> } & { [K in keyof C]: C[K] extends AggregateValue<infer T> ? Typed<T> : Typed }

/**
 * Declares a feature view.
 *
 * @example
 * const ipActivity = features('ip_activity', requests, { entity: 'ip', window: hopping('5m', { every: '1m' }),
 *   columns: (r) => ({ hits: count(), errors: count({ where: gte(r.status, 400) }) }) })
 */
export function features<F extends Fields, E extends Extract<keyof F, string>, C extends FeatureColumns>(
  name: string,
  input: StreamAsset<F>,
  options: FeaturesOptions<F, E, C>,
): FeaturesAsset<ViewRow<F, E, C>> {
  const at = declaredAt()
  const entity: readonly string[] = typeof options.entity === 'string' ? [options.entity] : options.entity
  const row = streamRow(input)
  const columns = options.columns(row)
  const key = entity.map((column) => ({ name: column, type: (row as Readonly<Record<string, Typed>>)[column].type }))
  const aggregates = Object.entries(columns).map(([column, value]) => aggregateOf(column, value, name))
  const view = [
    { name: 'window_start', type: 'timestamp' },
    { name: 'window_end', type: 'timestamp' },
    ...key,
    ...Object.entries(columns).map(([column, value]) => ({ name: column, type: value.type })),
  ]
  return {
    kind: 'features',
    name,
    input: input as unknown as StreamAsset,
    entity,
    window: options.window,
    where: options.where?.(row).expr,
    aggregates,
    row: rowOf(view, `feature view \`${name}\``) as ViewRow<F, E, C>,
    doc: options.doc,
    at,
  }
}

function aggregateOf(column: string, value: AggregateValue<TypeName>, view: string): Aggregate {
  if (typeof value?.fn !== 'string') {
    throw userError('project/not-an-aggregate', `Column \`${column}\` of feature view \`${view}\` is no aggregate.`, {
      asked: column,
      do: 'Give it count(), sum(…), countDistinct(…) or another aggregate.',
    })
  }
  const parts: { args?: Expr[]; where?: Expr; max?: number } = {}
  if (value.args.length > 0) parts.args = value.args.map((arg) => arg.expr)
  if (value.where !== undefined) parts.where = value.where.expr
  if (value.max !== undefined) parts.max = value.max
  return { name: column, fn: value.fn, ...parts }
}

/** Fixed windows one after the other. @example tumbling('1m') */
export function tumbling(size: Duration, options: { readonly offset?: Duration } = {}): Window {
  const offset = options.offset === undefined ? {} : { offset_ms: durationMs(options.offset, 'offset of a tumbling window') }
  return { kind: 'tumbling', size_ms: durationMs(size, 'size of a tumbling window'), ...offset }
}

/** Overlapping windows: one of `size` starts every `every`, which divides it. @example hopping('5m', { every: '1m' }) */
export function hopping(size: Duration, options: { readonly every: Duration; readonly offset?: Duration }): Window {
  const offset = options.offset === undefined ? {} : { offset_ms: durationMs(options.offset, 'offset of a hopping window') }
  return {
    kind: 'hopping',
    size_ms: durationMs(size, 'size of a hopping window'),
    every_ms: durationMs(options.every, 'step of a hopping window'),
    ...offset,
  }
}

import { sumType } from './aggregate-table.ts'
import type { DecimalName, EquatableName, ListName, NumericName, OrderedName, Typed, TypeName } from './typed.ts'

type Condition = Typed<'boolean'>

/** An aggregate of a feature view; its name is the column it is given to. */
export interface AggregateValue<T extends TypeName = TypeName> {
  readonly fn: string
  readonly args: readonly Typed[]
  readonly where: Condition | undefined
  readonly max: number | undefined
  readonly orderBy: readonly Order[] | undefined
  readonly type: string
  readonly result?: T
}

interface Only {
  readonly where?: Condition
}

/** A column by which values are ordered; ascending unless it says otherwise. */
export type Order = Typed<EquatableName> | readonly [column: Typed<EquatableName>, direction: 'asc' | 'desc']

interface Ordered extends Only {
  /** Goes before the event time. */
  readonly orderBy?: Order | readonly Order[]
}

function aggregate<T extends TypeName>(
  fn: string,
  parts: { args: readonly Typed[]; where?: Condition; max?: number; orderBy?: readonly Order[]; type: string },
): AggregateValue<T> {
  return { fn, args: parts.args, where: parts.where, max: parts.max, orderBy: parts.orderBy, type: parts.type }
}

/** Number of rows. @example errors: count({ where: gte(r.status, 400) }) */
export function count(only: Only = {}): AggregateValue<'int64'> {
  return aggregate('count', { args: [], where: only.where, type: 'int64' })
}

/** Number of rows in which `x` is not null. */
export function countOf(x: Typed, only: Only = {}): AggregateValue<'int64'> {
  return aggregate('count', { args: [x], where: only.where, type: 'int64' })
}

/** Exact number of distinct values that are not null; above `max` the value is `max`. */
export function countDistinct(x: Typed<Exclude<EquatableName, 'double'>>, only: Only & { readonly max: number }): AggregateValue<'int64'> {
  return aggregate('count_distinct', { args: [x], where: only.where, max: only.max, type: 'int64' })
}

/** Sum; of integers and decimals exact, null when it leaves 64 bits or 38 digits; null of nothing. */
export function sum<T extends NumericName>(x: Typed<T>, only: Only = {}): AggregateValue<Sum<T>> {
  return aggregate('sum', { args: [x], where: only.where, type: sumType(x.type) })
}

type Sum<T extends NumericName> = T extends 'double' ? 'double' : T extends DecimalName ? DecimalName : 'int64'

/** Mean as a double; null of nothing. */
export function avg(x: Typed<NumericName>, only: Only = {}): AggregateValue<'double'> {
  return aggregate('avg', { args: [x], where: only.where, type: 'double' })
}

/** Least value; null of nothing. */
export function min<T extends OrderedName>(x: Typed<T>, only: Only = {}): AggregateValue<T> {
  return aggregate('min', { args: [x], where: only.where, type: x.type })
}

/** Greatest value; null of nothing. */
export function max<T extends OrderedName>(x: Typed<T>, only: Only = {}): AggregateValue<T> {
  return aggregate('max', { args: [x], where: only.where, type: x.type })
}

/** The first value by `orderBy`, event time and arrival; null of nothing. */
export function first<T extends TypeName>(x: Typed<T>, only: Ordered = {}): AggregateValue<T> {
  return aggregate('first', { args: [x], where: only.where, orderBy: ordersOf(only), type: x.type })
}

/** The last value by `orderBy`, event time and arrival; null of nothing. */
export function last<T extends TypeName>(x: Typed<T>, only: Ordered = {}): AggregateValue<T> {
  return aggregate('last', { args: [x], where: only.where, orderBy: ordersOf(only), type: x.type })
}

/** The values as a list, in the order of `orderBy`, event time and arrival; the first `max` of them. */
export function collect<T extends TypeName>(x: Typed<T>, only: Ordered & { readonly max?: number } = {}): AggregateValue<ListName<T>> {
  return aggregate('collect', { args: [x], where: only.where, max: only.max, orderBy: ordersOf(only), type: `list<${x.type}>` })
}

/** Variance of the sample; null of fewer than two values. */
export function variance(x: Typed<NumericName>, only: Only = {}): AggregateValue<'double'> {
  return aggregate('variance', { args: [x], where: only.where, type: 'double' })
}

/** Standard deviation of the sample; null of fewer than two values. */
export function stddev(x: Typed<NumericName>, only: Only = {}): AggregateValue<'double'> {
  return aggregate('stddev', { args: [x], where: only.where, type: 'double' })
}

/** About how many distinct values that are not null there are: within 5 % in the stream, exact on DuckDB. */
export function approxCountDistinct(x: Typed<Exclude<EquatableName, 'double'>>, only: Only = {}): AggregateValue<'int64'> {
  return aggregate('approx_count_distinct', { args: [x], where: only.where, type: 'int64' })
}

/** The value that a share of all is not above: within 1 % in the stream, exact on DuckDB. @example p95: quantile(r.ms, 0.95) */
export function quantile(x: Typed<NumericName>, share: number, only: Only = {}): AggregateValue<'double'> {
  const q: Typed<'double'> = { expr: { lit: String(share), type: 'double' }, type: 'double' }
  return aggregate('quantile', { args: [x, q], where: only.where, type: 'double' })
}

function ordersOf({ orderBy }: Ordered): readonly Order[] | undefined {
  if (orderBy === undefined) return undefined
  return isOrders(orderBy) ? orderBy : [orderBy]
}

function isOrders(orderBy: Order | readonly Order[]): orderBy is readonly Order[] {
  return Array.isArray(orderBy) && !(orderBy.length === 2 && typeof orderBy[1] === 'string')
}

import { isInteger } from '../type/data-type.ts'
import type { NumericName, OrderedName, Typed, TypeName } from './typed.ts'

type Condition = Typed<'boolean'>

/** An aggregate of a feature view; its name is the column it is given to. */
export interface AggregateValue<T extends TypeName = TypeName> {
  readonly fn: string
  readonly args: readonly Typed[]
  readonly where: Condition | undefined
  readonly max: number | undefined
  readonly type: string
  readonly result?: T
}

interface Only {
  readonly where?: Condition
}

function aggregate<T extends TypeName>(
  fn: string,
  parts: { args: readonly Typed[]; where?: Condition; max?: number; type: string },
): AggregateValue<T> {
  return { fn, args: parts.args, where: parts.where, max: parts.max, type: parts.type }
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
export function countDistinct(
  x: Typed<Exclude<TypeName, 'double' | 'json'>>,
  only: Only & { readonly max: number },
): AggregateValue<'int64'> {
  return aggregate('count_distinct', { args: [x], where: only.where, max: only.max, type: 'int64' })
}

/** Sum; of integers exact, null when it leaves 64 bits; null of nothing. */
export function sum<T extends NumericName>(x: Typed<T>, only: Only = {}): AggregateValue<T extends 'double' ? 'double' : 'int64'> {
  return aggregate('sum', { args: [x], where: only.where, type: isInteger(x.type) ? 'int64' : 'double' })
}

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

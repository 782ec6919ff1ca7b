import { userError } from '../error/index.ts'
import { castComplaint, quotientComplaint } from './cast-table.ts'
import { computed } from './computed.ts'
import type { DecimalName, IntegerName, NumericName, Typed, TypeName } from './typed.ts'
import { operand, typed } from './typed.ts'

type Rounded<A extends NumericName> = A extends DecimalName ? DecimalName : A extends 'double' ? 'double' : 'int64'

/** Half away from zero, to so many digits behind the point, in front of it where negative; of a double its shortest decimal is rounded. */
export function round<A extends NumericName>(x: Typed<A>, digits: Typed<IntegerName> | number = 0): Typed<Rounded<A>> {
  return computed('round', [x, digits], 'int32')
}

/** The greatest whole number that is not above. */
export function floor<A extends NumericName>(x: Typed<A>): Typed<A> {
  return computed('floor', [x], x.type)
}

/** The least whole number that is not below. */
export function ceil<A extends NumericName>(x: Typed<A>): Typed<A> {
  return computed('ceil', [x], x.type)
}

function real(fn: string): (x: Typed<NumericName>) => Typed<'double'> {
  return (x) => computed(fn, [x], 'double')
}

/** Natural logarithm; null of 0 and below. */
export const ln = real('ln')
/** e to the power of x; null where it leaves the doubles. */
export const exp = real('exp')
/** Square root; null below 0. */
export const sqrt = real('sqrt')

/** x to the power of y; null where that is no finite number. */
export function pow(x: Typed<NumericName>, y: Typed<NumericName> | number): Typed<'double'> {
  return computed('pow', [x, y], 'double')
}

/** The exact quotient of decimals or integers, rounded to a decimal type; null when `b` is zero. @example divTo(r.price, r.pieces, 'decimal(12,4)') */
export function divTo<T extends DecimalName>(
  a: Typed<DecimalName | IntegerName>,
  b: Typed<DecimalName | IntegerName> | number | bigint,
  to: T,
): Typed<T> {
  const by = operand(b, 'int64')
  const complaint = quotientComplaint(a.type, 'type' in by ? by.type : (b as Typed).type, to)
  if (complaint !== undefined) throw userError('plan/argument-type', `A quotient as ${to} takes ${complaint}.`)
  const dividend = a.type.startsWith('decimal(') ? a.expr : { cast: a.expr, to: 'decimal(19,0)' }
  return typed({ cast: { fn: 'div', args: [dividend, by] }, to }, to)
}

interface Casts {
  boolean: 'string'
  int32: 'int64' | 'double' | 'string' | DecimalName
  int64: 'int32' | 'double' | 'string' | 'timestamp' | DecimalName
  double: 'int32' | 'int64' | DecimalName
  string: 'boolean' | 'int32' | 'int64' | 'double' | 'timestamp' | 'date' | DecimalName
  timestamp: 'int64' | 'date' | 'string'
  date: 'timestamp' | 'string'
  json: 'string'
}
type CastTarget<F extends TypeName> = F extends DecimalName
  ? 'int32' | 'int64' | 'double' | 'string' | DecimalName
  : F extends keyof Casts
    ? Casts[F]
    : never

/** The same value in another type; null where it has none there. Text is read by the published grammars. @example cast(r.amount, 'decimal(10,2)') */
export function cast<F extends TypeName, T extends CastTarget<F>>(value: Typed<F>, to: T): Typed<T> {
  const complaint = castComplaint(value.type, to)
  if (complaint !== undefined) throw userError('plan/cast-refused', complaint)
  return typed({ cast: value.expr, to }, to)
}

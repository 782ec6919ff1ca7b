import { commonType } from '../type/data-type.ts'
import { call, computed, typeHere } from './computed.ts'
import type { Expr } from './expr.ts'
import type { Beside, DecimalName, EquatableName, IntegerName, NumericName, Operand, OrderedName, Typed, TypeName } from './typed.ts'
import { isTyped, operand, typed } from './typed.ts'

/** Units of time functions, in UTC; weeks are ISO weeks. */
export type TimeUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

type Condition = Typed<'boolean'>

function compare(fn: string): <T extends EquatableName>(a: Typed<T>, b: Operand<NoInfer<T>>) => Condition {
  return (a, b) => typed(call(fn, [a.expr, operand(b, a.type)]), 'boolean')
}

function order(fn: string): <T extends OrderedName>(a: Typed<T>, b: Operand<NoInfer<T>>) => Condition {
  return (a, b) => typed(call(fn, [a.expr, operand(b, a.type)]), 'boolean')
}

/** `a = b`; null when either is null. */
export const eq = compare('eq')
/** `a <> b`; null when either is null. */
export const neq = compare('neq')
/** `a < b`; null when either is null; text by its UTF-8 bytes. */
export const lt = order('lt')
/** `a <= b`. */
export const lte = order('lte')
/** `a > b`. */
export const gt = order('gt')
/** `a >= b`. @example errors: count({ where: gte(r.status, 400) }) */
export const gte = order('gte')

/** True when all are true, false when one is false, else null. */
export function and(...conditions: readonly Condition[]): Condition {
  return typed(
    call(
      'and',
      conditions.map((one) => one.expr),
    ),
    'boolean',
  )
}

/** True when one is true, false when all are false, else null. */
export function or(...conditions: readonly Condition[]): Condition {
  return typed(
    call(
      'or',
      conditions.map((one) => one.expr),
    ),
    'boolean',
  )
}

/** The opposite; null stays null. */
export function not(condition: Condition): Condition {
  return typed(call('not', [condition.expr]), 'boolean')
}

/** Whether the value is null. */
export function isNull(value: Typed): Condition {
  return typed(call('is_null', [value.expr]), 'boolean')
}

/** Whether the value is not null. */
export function isNotNull(value: Typed): Condition {
  return typed(call('is_not_null', [value.expr]), 'boolean')
}

/** Whether `x` equals one of the values. */
export function oneOf<T extends EquatableName>(x: Typed<T>, values: readonly Operand<NoInfer<T>>[]): Condition {
  return typed(call('in', [x.expr, ...values.map((value) => operand(value, x.type))]), 'boolean')
}

/** `low <= x and x <= high`. */
export function between<T extends OrderedName>(x: Typed<T>, low: Operand<NoInfer<T>>, high: Operand<NoInfer<T>>): Condition {
  return typed(call('between', [x.expr, operand(low, x.type), operand(high, x.type)]), 'boolean')
}

/** The first value that is not null. */
export function coalesce<T extends TypeName>(x: Typed<T>, ...others: readonly Operand<NoInfer<T>>[]): Typed<Beside<T>> {
  const exprs = others.map((other) => operand(other, x.type))
  const type = [x.type, ...exprs.map((expr, i) => typeHere(others[i], expr))].reduce((a, b) => commonType(a, b) ?? a)
  return typed(call('coalesce', [x.expr, ...exprs]), type)
}

/** A chain of conditions: the first that is true gives the result. @example when(gte(r.status, 500), 'server').otherwise('other') */
export function when<T extends 'string'>(condition: Condition, then: string): Case<T>
export function when<T extends 'boolean'>(condition: Condition, then: boolean): Case<T>
export function when<T extends 'int64' | 'double'>(condition: Condition, then: number): Case<T>
export function when<T extends TypeName>(condition: Condition, then: Typed<T>): Case<T>
export function when(condition: Condition, then: unknown): Case<TypeName> {
  const type = isTyped(then) ? then.type : plainType(then)
  return branch([[condition.expr, operand(then, type)]], type)
}

function plainType(value: unknown): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'double'
  return typeof value === 'boolean' ? 'boolean' : 'string'
}

/** Branches so far: add another with `when`, end with `otherwise` (without it: null). */
export interface Case<T extends TypeName> extends Typed<T> {
  when(condition: Condition, then: Operand<T>): Case<T>
  otherwise(value: Operand<T>): Typed<T>
}

function branch<T extends TypeName>(branches: readonly (readonly [Expr, Expr])[], type: string): Case<T> {
  return {
    expr: { case: branches },
    type,
    when: (condition, then) => branch([...branches, [condition.expr, operand(then, type)]], type),
    otherwise: (value) => typed({ case: branches, else: operand(value, type) }, type),
  }
}

/** What numbers give together: double beside a double, a decimal beside a decimal, else int64. */
type Sum<A extends NumericName, B> = 'double' extends A | NameOf<B>
  ? 'double'
  : Extract<A | NameOf<B>, DecimalName> extends never
    ? 'int64'
    : DecimalName
type NameOf<B> = B extends Typed<infer N> ? N : never

function arithmetic(fn: string): <A extends NumericName, B extends Operand<A>>(a: Typed<A>, b: B) => Typed<Sum<A, B>> {
  return (a, b) => computed(fn, [a, b], a.type)
}

/** Sum; integers give int64 (null when it leaves 64 bits), with a double it is double. */
export const add = arithmetic('add')
/** Difference. */
export const sub = arithmetic('sub')
/** Product. */
export const mul = arithmetic('mul')

/** Quotient as a double; null when `b` is zero. */
export function div(a: Typed<'int32' | 'int64' | 'double'>, b: Operand<'int64'>): Typed<'double'> {
  return typed(call('div', [a.expr, operand(b, a.type)]), 'double')
}

/** Integer quotient, truncated towards zero; null when `b` is zero. */
export function quot(a: Typed<IntegerName>, b: Typed<IntegerName> | number | bigint): Typed<'int64'> {
  return typed(call('quot', [a.expr, operand(b, 'int64')]), 'int64')
}

/** Remainder with the sign of `a`; null when `b` is zero. */
export function mod(a: Typed<IntegerName>, b: Typed<IntegerName> | number | bigint): Typed<'int64'> {
  return typed(call('mod', [a.expr, operand(b, 'int64')]), 'int64')
}

function unary(fn: string): <A extends NumericName>(a: Typed<A>) => Typed<Sum<A, never>> {
  return (a) => computed(fn, [a], a.type)
}

/** The number with its sign turned. */
export const neg = unary('neg')
/** The number without its sign. */
export const abs = unary('abs')

type Text = Typed<'string'>

function text<T extends TypeName>(fn: string, type: T): (value: Text) => Typed<T> {
  return (value) => typed(call(fn, [value.expr]), type)
}

/** ASCII letters in lower case; other characters stay. */
export const lower = text('lower', 'string')
/** ASCII letters in upper case; other characters stay. */
export const upper = text('upper', 'string')
/** Without leading and trailing spaces (U+0020). */
export const trim = text('trim', 'string')
/** Number of code points. */
export const length = text('length', 'int64')

function textTest(fn: string): (value: Text, part: Text | string) => Condition {
  return (value, part) => typed(call(fn, [value.expr, operand(part, 'string')]), 'boolean')
}

/** Whether the text begins with `part`. */
export const startsWith = textTest('starts_with')
/** Whether the text ends with `part`. */
export const endsWith = textTest('ends_with')
/** Whether `part` occurs in the text. */
export const contains = textTest('contains')

/** The characters at positions max(start, 1) to start + length − 1, counted from 1. */
export function substring(value: Text, start: Typed<IntegerName> | number, size: Typed<IntegerName> | number): Text {
  return typed(call('substring', [value.expr, operand(start, 'int32'), operand(size, 'int32')]), 'string')
}

/** The part of this number, from 1, between separators; null where there is none. @example segment: split(r.path, '/', 2) */
export function split(value: Text, separator: string, index: Typed<IntegerName> | number): Text {
  return typed(call('split', [value.expr, operand(separator, 'string'), operand(index, 'int32')]), 'string')
}

/** The texts one after the other; null if one is null. */
export function concat(...parts: readonly (Text | string)[]): Text {
  return typed(
    call(
      'concat',
      parts.map((part) => operand(part, 'string')),
    ),
    'string',
  )
}

function unitLiteral(unit: TimeUnit): Expr {
  return { lit: unit, type: 'string' }
}

/** The start of the unit that holds the time, in UTC. */
export function timeTruncate(time: Typed<'timestamp'>, unit: TimeUnit): Typed<'timestamp'> {
  return typed(call('time_truncate', [time.expr, unitLiteral(unit)]), 'timestamp')
}

/** A part of the time in UTC: the year, the month 1–12, the ISO week, the day of the month, the hour, minute or second. */
export function timeExtract(time: Typed<'timestamp'>, unit: TimeUnit): Typed<'int64'> {
  return typed(call('time_extract', [time.expr, unitLiteral(unit)]), 'int64')
}

/** Whole units from one time to another, towards zero. */
export function timeDiff(unit: TimeUnit, from: Operand<'timestamp'>, to: Operand<'timestamp'>): Typed<'int64'> {
  return typed(call('time_diff', [unitLiteral(unit), operand(from, 'timestamp'), operand(to, 'timestamp')]), 'int64')
}

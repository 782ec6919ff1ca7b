import { commonType, isEquatable, isInteger, isNumeric, isOrderable } from '../type/data-type.ts'
import type { Expr } from './expr.ts'

/** What is known of an expression: its type text and whether it can be null. */
export interface ExprType {
  readonly type: string
  readonly nullable: boolean
}

export interface FunctionExample {
  /** Argument literals as they stand in a plan. */
  readonly args: readonly { readonly lit: string | null; readonly type: string }[]
  readonly result: null | boolean | number | string
}

/** One function of the plan language: from this documentation, type checking and tests are made. */
export interface FunctionSpec {
  readonly name: string
  readonly signature: string
  readonly nulls: string
  readonly example: FunctionExample
  /** Least and greatest number of arguments. */
  readonly arity: readonly [number, number]
  /** The result's type, or a sentence saying what the arguments must be. */
  readonly check: (args: readonly ExprType[], exprs: readonly Expr[]) => ExprType | string
}

const ANY_NULL = 'null if any argument is null'
export const TIME_UNITS: readonly string[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year']
/** Most arguments of a variadic function. */
export const ARGUMENTS_MAX = 1_000

function lit(text: string | null, type: string): { lit: string | null; type: string } {
  return { lit: text, type }
}

function anyNullable(args: readonly ExprType[]): boolean {
  return args.some((arg) => arg.nullable)
}

function comparison(name: string, ordered: boolean, result: boolean): FunctionSpec {
  return {
    name,
    signature: `${name}(a, b) → boolean`,
    nulls: ANY_NULL,
    arity: [2, 2],
    example: { args: [lit('2', 'int32'), lit('10', 'int64')], result },
    check: (args) => comparable(args, ordered) ?? { type: 'boolean', nullable: anyNullable(args) },
  }
}

function comparable(args: readonly ExprType[], ordered: boolean): string | undefined {
  const fits = ordered ? isOrderable : isEquatable
  let common: string | undefined = args[0].type
  for (const arg of args) {
    if (!fits(arg.type)) return `arguments that have ${ordered ? 'an order' : 'equality'}`
    common = common === undefined ? undefined : commonType(common, arg.type)
  }
  return common === undefined ? 'arguments of one type (numbers mix)' : undefined
}

function arithmetic(name: string, result: number): FunctionSpec {
  return {
    name,
    signature: `${name}(a, b) → int64, or double when one is double`,
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [2, 2],
    example: { args: [lit('7', 'int32'), lit('2', 'int64')], result },
    check: (args) => (args.every((arg) => isNumeric(arg.type)) ? { type: widest(args), nullable: true } : 'numbers'),
  }
}

function integerDivision(name: string, result: number): FunctionSpec {
  return {
    name,
    signature: `${name}(a integer, b integer) → int64`,
    nulls: `${ANY_NULL}, or b is zero, or the result leaves int64`,
    arity: [2, 2],
    example: { args: [lit('-7', 'int32'), lit('2', 'int32')], result },
    check: (args) => (args.every((arg) => isInteger(arg.type)) ? { type: 'int64', nullable: true } : 'integers'),
  }
}

function unary(name: string, result: number): FunctionSpec {
  return {
    name,
    signature: `${name}(a) → int64 or double`,
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [1, 1],
    example: { args: [lit('-7', 'int32')], result },
    check: (args) => (isNumeric(args[0].type) ? { type: widest(args), nullable: true } : 'a number'),
  }
}

function widest(args: readonly ExprType[]): string {
  return args.some((arg) => arg.type === 'double') ? 'double' : 'int64'
}

function textFunction(name: string, options: { arity: number; type: string; example: FunctionExample }): FunctionSpec {
  const names = ['text', 'other']
    .slice(0, options.arity)
    .map((arg) => `${arg} string`)
    .join(', ')
  return {
    name,
    signature: `${name}(${names}) → ${options.type}`,
    nulls: ANY_NULL,
    arity: [options.arity, options.arity],
    example: options.example,
    check: (args) => (args.every((arg) => arg.type === 'string') ? { type: options.type, nullable: anyNullable(args) } : 'strings'),
  }
}

function logic(name: string, result: boolean | null): FunctionSpec {
  return {
    name,
    signature: `${name}(a boolean, b boolean, …) → boolean`,
    nulls: 'three-valued logic',
    arity: [1, ARGUMENTS_MAX],
    example: { args: [lit('true', 'boolean'), lit(null, 'boolean')], result },
    check: (args) => (args.every((arg) => arg.type === 'boolean') ? { type: 'boolean', nullable: anyNullable(args) } : 'booleans'),
  }
}

function nullTest(name: string, result: boolean): FunctionSpec {
  return {
    name,
    signature: `${name}(a) → boolean`,
    nulls: 'never null',
    arity: [1, 1],
    example: { args: [lit(null, 'string')], result },
    check: () => ({ type: 'boolean', nullable: false }),
  }
}

function unitComplaint(expr: Expr): string | undefined {
  const known = 'lit' in expr && expr.lit !== null && expr.type === 'string' && TIME_UNITS.includes(expr.lit)
  return known ? undefined : `a literal unit: ${TIME_UNITS.join(', ')}`
}

function timeFunction(name: string, type: string, example: FunctionExample): FunctionSpec {
  return {
    name,
    signature: `${name}(time timestamp, unit) → ${type}`,
    nulls: ANY_NULL,
    arity: [2, 2],
    example,
    check: (args, exprs) => {
      if (args[0].type !== 'timestamp') return 'a timestamp'
      return unitComplaint(exprs[1]) ?? { type, nullable: args[0].nullable }
    },
  }
}

const EXAMPLE_TIME = lit('2024-03-10T12:34:56.789Z', 'timestamp')

const SPECS: readonly FunctionSpec[] = [
  comparison('eq', false, false),
  comparison('neq', false, true),
  comparison('lt', true, true),
  comparison('lte', true, true),
  comparison('gt', true, false),
  comparison('gte', true, false),
  logic('and', null),
  logic('or', true),
  {
    name: 'not',
    signature: 'not(a boolean) → boolean',
    nulls: ANY_NULL,
    arity: [1, 1],
    example: { args: [lit('true', 'boolean')], result: false },
    check: (args) => (args[0].type === 'boolean' ? { type: 'boolean', nullable: args[0].nullable } : 'a boolean'),
  },
  nullTest('is_null', true),
  nullTest('is_not_null', false),
  {
    name: 'in',
    signature: 'in(x, v1, v2, …) → boolean',
    nulls: 'null if x is null, or x equals no value and some value is null',
    arity: [2, ARGUMENTS_MAX],
    example: { args: [lit('2', 'int32'), lit('1', 'int32'), lit(null, 'int32')], result: null },
    check: (args) => comparable(args, false) ?? { type: 'boolean', nullable: anyNullable(args) },
  },
  {
    name: 'between',
    signature: 'between(x, low, high) → boolean',
    nulls: 'as gte(x, low) and lte(x, high) in three-valued logic',
    arity: [3, 3],
    example: { args: [lit('5', 'int32'), lit('1', 'int32'), lit('5', 'int32')], result: true },
    check: (args) => comparable(args, true) ?? { type: 'boolean', nullable: anyNullable(args) },
  },
  {
    name: 'coalesce',
    signature: 'coalesce(a, b, …) → common type',
    nulls: 'null if all are null',
    arity: [1, ARGUMENTS_MAX],
    example: { args: [lit(null, 'int32'), lit('3', 'int64')], result: 3 },
    check: (args) => {
      const type = args.reduce<string | undefined>(
        (common, arg) => (common === undefined ? undefined : commonType(common, arg.type)),
        args[0].type,
      )
      return type === undefined ? 'arguments of one type (numbers mix)' : { type, nullable: args.every((arg) => arg.nullable) }
    },
  },
  arithmetic('add', 9),
  arithmetic('sub', 5),
  arithmetic('mul', 14),
  {
    name: 'div',
    signature: 'div(a, b) → double',
    nulls: `${ANY_NULL}, or b is zero`,
    arity: [2, 2],
    example: { args: [lit('7', 'int32'), lit('2', 'int32')], result: 3.5 },
    check: (args) => (args.every((arg) => isNumeric(arg.type)) ? { type: 'double', nullable: true } : 'numbers'),
  },
  integerDivision('quot', -3),
  integerDivision('mod', -1),
  unary('neg', 7),
  unary('abs', 7),
  textFunction('lower', { arity: 1, type: 'string', example: { args: [lit('AbÄ', 'string')], result: 'abÄ' } }),
  textFunction('upper', { arity: 1, type: 'string', example: { args: [lit('aßb', 'string')], result: 'AßB' } }),
  textFunction('trim', { arity: 1, type: 'string', example: { args: [lit('  a b ', 'string')], result: 'a b' } }),
  textFunction('length', { arity: 1, type: 'int64', example: { args: [lit('a😀', 'string')], result: 2 } }),
  textFunction('starts_with', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('ab', 'string')], result: true } }),
  textFunction('ends_with', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('ab', 'string')], result: false } }),
  textFunction('contains', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('b', 'string')], result: true } }),
  {
    name: 'substring',
    signature: 'substring(text string, start integer, length integer) → string',
    nulls: ANY_NULL,
    arity: [3, 3],
    example: { args: [lit('millrace', 'string'), lit('1', 'int32'), lit('4', 'int32')], result: 'mill' },
    check: (args) => {
      const fits = args[0].type === 'string' && isInteger(args[1].type) && isInteger(args[2].type)
      return fits ? { type: 'string', nullable: anyNullable(args) } : 'a string and two integers'
    },
  },
  {
    name: 'split',
    signature: 'split(text string, separator, index integer from 1) → string',
    nulls: `${ANY_NULL}, or there is no part of this number`,
    arity: [3, 3],
    example: { args: [lit('/shop/cart', 'string'), lit('/', 'string'), lit('2', 'int32')], result: 'shop' },
    check: (args, exprs) => {
      const separator = exprs[1]
      if (args[0].type !== 'string' || !isInteger(args[2].type)) return 'a string, a literal separator and an integer'
      const known = 'lit' in separator && separator.type === 'string' && separator.lit !== null && separator.lit !== ''
      return known ? { type: 'string', nullable: true } : 'a literal separator that is not empty'
    },
  },
  {
    name: 'concat',
    signature: 'concat(a string, b string, …) → string',
    nulls: ANY_NULL,
    arity: [1, ARGUMENTS_MAX],
    example: { args: [lit('a', 'string'), lit('b', 'string')], result: 'ab' },
    check: (args) => (args.every((arg) => arg.type === 'string') ? { type: 'string', nullable: anyNullable(args) } : 'strings'),
  },
  timeFunction('time_truncate', 'timestamp', { args: [EXAMPLE_TIME, lit('week', 'string')], result: '2024-03-04T00:00:00.000Z' }),
  timeFunction('time_extract', 'int64', { args: [EXAMPLE_TIME, lit('week', 'string')], result: 10 }),
  {
    name: 'time_diff',
    signature: 'time_diff(unit, from timestamp, to timestamp) → int64',
    nulls: ANY_NULL,
    arity: [3, 3],
    example: { args: [lit('hour', 'string'), EXAMPLE_TIME, lit('2024-03-10T10:34:56.790Z', 'timestamp')], result: -1 },
    check: (args, exprs) => {
      if (args[1].type !== 'timestamp' || args[2].type !== 'timestamp') return 'two timestamps'
      return unitComplaint(exprs[0]) ?? { type: 'int64', nullable: args[1].nullable || args[2].nullable }
    },
  },
]

/** All functions of the plan language by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSpec> = new Map(SPECS.map((spec) => [spec.name, spec]))

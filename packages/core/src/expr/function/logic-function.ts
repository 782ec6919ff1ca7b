import { commonType } from '../../type/data-type.ts'
import { ANY_NULL, ARGUMENTS_MAX, anyNullable, comparable, type FunctionSpec, lit } from './function-spec.ts'

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

export const LOGIC_FUNCTIONS: readonly FunctionSpec[] = [
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
]

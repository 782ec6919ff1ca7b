import { decimalType } from '@millrace/columnar'
import { isInteger, isNumeric } from '../../type/data-type.ts'
import { decimalTypeText, isDecimal, productDecimal, sumDecimal } from '../../type/decimal-type.ts'
import { ANY_NULL, type ExprType, type FunctionSpec, lit } from './function-spec.ts'

type DecimalResult = (a: string, b: string) => string | undefined

function arithmetic(name: string, result: number, ofDecimals: DecimalResult): FunctionSpec {
  return {
    name,
    signature: `${name}(a, b) → int64, decimal when one is decimal, double when one is double`,
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [2, 2],
    example: { args: [lit('7', 'int32'), lit('2', 'int64')], result },
    check: (args) => {
      if (!args.every((arg) => isNumeric(arg.type))) return 'numbers'
      const type = widest(args) ?? ofDecimals(args[0].type, args[1].type)
      return type === undefined ? 'decimals of no more than 38 digits behind the point together' : { type, nullable: true }
    },
  }
}

/** int64 or double; undefined where the result is a decimal. */
function widest(args: readonly ExprType[]): string | undefined {
  if (args.some((arg) => arg.type === 'double')) return 'double'
  return args.some((arg) => isDecimal(arg.type)) ? undefined : 'int64'
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
    signature: `${name}(a) → int64, double or a's decimal`,
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [1, 1],
    example: { args: [lit('-7', 'int32')], result },
    check: ([a]) => (isNumeric(a.type) ? { type: widest([a]) ?? a.type, nullable: true } : 'a number'),
  }
}

function toWhole(name: string, result: number): FunctionSpec {
  return {
    name,
    signature: `${name}(a) → type of a`,
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [1, 1],
    example: { args: [lit('-1.5', 'double')], result },
    check: ([a]) => (isNumeric(a.type) ? { type: a.type, nullable: a.nullable || isDecimal(a.type) } : 'a number'),
  }
}

function real(name: string, arity: 1 | 2, result: number): FunctionSpec {
  return {
    name,
    signature: arity === 1 ? `${name}(x) → double` : `${name}(x, y) → double`,
    nulls: `${ANY_NULL}, or the result is no finite number`,
    arity: [arity, arity],
    example: { args: [lit('1', 'double'), lit('2', 'double')].slice(0, arity), result },
    check: (args) => (args.every((arg) => isNumeric(arg.type)) ? { type: 'double', nullable: true } : 'numbers'),
  }
}

/** One digit more in front of the point: 9.9 becomes 10. */
function roundedType(type: string): string {
  const { precision, scale } = decimalType(type)
  return decimalTypeText({ precision: Math.min(38, precision + 1), scale })
}

export const NUMBER_FUNCTIONS: readonly FunctionSpec[] = [
  arithmetic('add', 9, sumDecimal),
  arithmetic('sub', 5, sumDecimal),
  arithmetic('mul', 14, productDecimal),
  {
    name: 'div',
    signature: 'div(a, b) → double; cast(div(a, b) to decimal(p,s)) where one is decimal',
    nulls: `${ANY_NULL}, or b is zero`,
    arity: [2, 2],
    example: { args: [lit('7', 'int32'), lit('2', 'int32')], result: 3.5 },
    check: (args) => {
      if (!args.every((arg) => isNumeric(arg.type))) return 'numbers'
      if (widest(args) === undefined) return 'integers or doubles; a quotient of decimals needs a target type: cast the div to a decimal'
      return { type: 'double', nullable: true }
    },
  },
  integerDivision('quot', -3),
  integerDivision('mod', -1),
  unary('neg', 7),
  unary('abs', 7),
  {
    name: 'round',
    signature: 'round(x, digits integer) → int64, double, or a decimal of one digit more; half away from zero',
    nulls: `${ANY_NULL}, or the result leaves its type`,
    arity: [2, 2],
    example: { args: [lit('2.675', 'double'), lit('2', 'int32')], result: 2.68 },
    check: ([x, digits]) => {
      if (!isNumeric(x.type) || !isInteger(digits.type)) return 'a number and an integer'
      return { type: widest([x]) ?? roundedType(x.type), nullable: true }
    },
  },
  toWhole('floor', -2),
  toWhole('ceil', -1),
  real('ln', 1, 0),
  real('exp', 1, Math.E),
  real('sqrt', 1, 1),
  real('pow', 2, 1),
]

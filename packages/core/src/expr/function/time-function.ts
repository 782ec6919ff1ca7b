import { isInteger } from '../../type/data-type.ts'
import type { Expr } from '../expr.ts'
import { ANY_NULL, type FunctionExample, type FunctionSpec, lit, literalText } from './function-spec.ts'

export const TIME_UNITS: readonly string[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year']

function unitComplaint(expr: Expr): string | undefined {
  const unit = literalText(expr, 'string')
  return unit !== undefined && TIME_UNITS.includes(unit) ? undefined : `a literal unit: ${TIME_UNITS.join(', ')}`
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

export const TIME_FUNCTIONS: readonly FunctionSpec[] = [
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
  {
    name: 'time_add',
    signature: 'time_add(time timestamp, n integer, unit) → timestamp; months and years clamp to the last day of the month',
    nulls: `${ANY_NULL}, or the result lies outside the years 1 to 9999`,
    arity: [3, 3],
    example: {
      args: [lit('2024-01-31T10:00:00.000Z', 'timestamp'), lit('1', 'int32'), lit('month', 'string')],
      result: '2024-02-29T10:00:00.000Z',
    },
    check: (args, exprs) => {
      if (args[0].type !== 'timestamp' || !isInteger(args[1].type)) return 'a timestamp and an integer'
      return unitComplaint(exprs[2]) ?? { type: 'timestamp', nullable: true }
    },
  },
]

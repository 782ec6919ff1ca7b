import { decimalType } from '@millrace/columnar'
import { isEquatable, isInteger, isNumeric, isOrderable } from '../type/data-type.ts'
import { DECIMAL_DIGITS_MAX, decimalTypeText, isDecimal } from '../type/decimal-type.ts'
import type { Expr } from './expr.ts'
import { type ExprType, literalText } from './function/function-spec.ts'

/** One aggregate of the plan language. */
export interface AggregateSpec {
  readonly name: string
  readonly signature: string
  readonly nulls: string
  /** Whether a row can be taken out again, so that a sliding window needs no rescan and a correction no kept values. */
  readonly undoable: 'yes' | 'no' | 'integers and decimals only'
  readonly arity: readonly [number, number]
  /** Whether it takes `order_by`: it depends on the order of the rows. */
  readonly ordered: boolean
  /** Whether it takes `max`. */
  readonly limited: boolean
  /** How far engines may be off; absent where they are exact. */
  readonly tolerance?: string
  readonly check: (args: readonly ExprType[], exprs: readonly Expr[]) => ExprType | string
}

/** The second argument of quantile. */
const SHARE = /^(0|0\.[0-9]{1,15}|1|1\.0{1,15})$/

const COUNT: ExprType = { type: 'int64', nullable: false }
const PLAIN = { ordered: false, limited: false } as const

/** The type of a sum. */
export function sumType(type: string): string {
  if (isDecimal(type)) return decimalTypeText({ precision: DECIMAL_DIGITS_MAX, scale: decimalType(type).scale })
  return isInteger(type) ? 'int64' : 'double'
}

function extreme(name: string): AggregateSpec {
  return {
    ...PLAIN,
    name,
    signature: `${name}(x) → type of x`,
    nulls: 'null of nothing',
    undoable: 'no',
    arity: [1, 1],
    check: ([x]) => (isOrderable(x.type) ? { type: x.type, nullable: true } : 'a value that has an order'),
  }
}

function placed(name: string, which: string): AggregateSpec {
  return {
    name,
    signature: `${name}(x), order_by → type of x; the ${which} by order_by, event time and arrival`,
    nulls: 'of the values that are not null; null of nothing',
    undoable: 'no',
    ordered: true,
    limited: false,
    arity: [1, 1],
    check: ([x]) => ({ type: x.type, nullable: true }),
  }
}

function spread(name: string, what: string): AggregateSpec {
  return {
    ...PLAIN,
    name,
    signature: `${name}(x) → double; ${what} of the sample`,
    nulls: 'null of fewer than two values',
    undoable: 'no',
    arity: [1, 1],
    tolerance: '1e-9 relative',
    check: ([x]) => (isNumeric(x.type) ? { type: 'double', nullable: true } : 'a number'),
  }
}

function distinct(name: string, parts: Omit<AggregateSpec, 'name' | 'ordered' | 'arity' | 'check'>): AggregateSpec {
  return {
    name,
    ordered: false,
    arity: [1, 1],
    check: ([x]) => {
      if (x.type === 'double') return 'a value that is not a double: floats have no dependable identity'
      return isEquatable(x.type) ? COUNT : 'a value that has equality'
    },
    ...parts,
  }
}

const SPECS: readonly AggregateSpec[] = [
  {
    ...PLAIN,
    name: 'count',
    signature: 'count() or count(x) → int64',
    nulls: 'counts rows, or non-null x; 0 of nothing',
    undoable: 'yes',
    arity: [0, 1],
    check: () => COUNT,
  },
  distinct('count_distinct', {
    signature: 'count_distinct(x), max → int64',
    nulls: 'counts distinct non-null x; 0 of nothing; above max the value is max',
    undoable: 'yes',
    limited: true,
  }),
  {
    ...PLAIN,
    name: 'sum',
    signature: 'sum(x) → int64, double, or a decimal of 38 digits',
    nulls: 'null of nothing, or when the exact sum leaves its type',
    undoable: 'integers and decimals only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) ? { type: sumType(x.type), nullable: true } : 'a number'),
  },
  {
    ...PLAIN,
    name: 'avg',
    signature: 'avg(x) → double',
    nulls: 'null of nothing, or when the exact sum leaves its type',
    undoable: 'integers and decimals only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) ? { type: 'double', nullable: true } : 'a number'),
  },
  extreme('min'),
  extreme('max'),
  placed('first', 'first'),
  placed('last', 'last'),
  spread('variance', 'the variance'),
  spread('stddev', 'the standard deviation'),
  {
    name: 'collect',
    signature: 'collect(x), order_by, max → list of x; in the order of order_by, event time and arrival, the first max of them',
    nulls: 'of the values that are not null; null of nothing',
    undoable: 'no',
    ordered: true,
    limited: true,
    arity: [1, 1],
    check: ([x]) => ({ type: `list<${x.type}>`, nullable: true }),
  },
  distinct('approx_count_distinct', {
    signature: 'approx_count_distinct(x) → int64',
    nulls: 'counts distinct non-null x; 0 of nothing',
    undoable: 'no',
    limited: false,
    tolerance: '5 % of the exact count, or 1',
  }),
  {
    ...PLAIN,
    name: 'quantile',
    signature: 'quantile(x, q from 0 to 1) → double; the value at place ceil(q × n) of n in order, the first for 0',
    nulls: 'null of nothing',
    undoable: 'yes',
    arity: [2, 2],
    tolerance: '1 % of the value',
    check: ([x], exprs) => {
      const text = literalText(exprs[1], 'double') ?? literalText(exprs[1], 'int32') ?? ''
      if (!isNumeric(x.type) || !SHARE.test(text)) return 'a number and a literal from 0 to 1, of at most 15 digits behind the point'
      return { type: 'double', nullable: true }
    },
  },
]

/** All aggregates of the plan language by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateSpec> = new Map(SPECS.map((spec) => [spec.name, spec]))

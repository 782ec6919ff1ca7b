import { isEquatable, isInteger, isNumeric, isOrderable } from '../type/data-type.ts'
import { isDecimal } from '../type/decimal-type.ts'
import type { Expr } from './expr.ts'
import type { ExprType } from './function/function-spec.ts'

/** One aggregate of the plan language. */
export interface AggregateSpec {
  readonly name: string
  readonly signature: string
  readonly nulls: string
  /** Whether a row can be taken out again, so that a sliding window needs no rescan and a correction no kept values. */
  readonly undoable: 'yes' | 'no' | 'integers only'
  readonly arity: readonly [number, number]
  /** Whether it takes `order_by`: it depends on the order of the rows. */
  readonly ordered: boolean
  /** Whether it takes `max`. */
  readonly limited: boolean
  /** How far engines may be off; absent where they are exact. */
  readonly tolerance?: string
  readonly check: (args: readonly ExprType[], exprs: readonly Expr[]) => ExprType | string
}

const COUNT: ExprType = { type: 'int64', nullable: false }
const PLAIN = { ordered: false, limited: false } as const

function sumType(type: string): string {
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
    check: ([x]) => (isOrderable(x.type) && !isDecimal(x.type) ? { type: x.type, nullable: true } : 'a value that has an order'),
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
    signature: 'sum(x) → int64 or double',
    nulls: 'null of nothing, or when the exact sum leaves its type',
    undoable: 'integers only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) && !isDecimal(x.type) ? { type: sumType(x.type), nullable: true } : 'a number'),
  },
  {
    ...PLAIN,
    name: 'avg',
    signature: 'avg(x) → double',
    nulls: 'null of nothing, or when the exact sum leaves its type',
    undoable: 'integers only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) && !isDecimal(x.type) ? { type: 'double', nullable: true } : 'a number'),
  },
  extreme('min'),
  extreme('max'),
]

/** All aggregates of the plan language by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateSpec> = new Map(SPECS.map((spec) => [spec.name, spec]))

import { isEquatable, isInteger, isNumeric, isOrderable } from '../type/data-type.ts'
import type { Expr } from './expr.ts'
import type { ExprType } from './function-table.ts'

/** One aggregate of the plan language. `undoable`: a row can be taken out again, so a sliding window needs no rescan. */
export interface AggregateSpec {
  readonly name: string
  readonly signature: string
  readonly nulls: string
  readonly undoable: 'yes' | 'no' | 'integers only'
  readonly arity: readonly [number, number]
  /** Whether it takes `order_by`: it depends on the order of the rows. */
  readonly ordered: boolean
  /** Whether it takes `max`. */
  readonly limited: boolean
  readonly check: (args: readonly ExprType[], exprs: readonly Expr[]) => ExprType | string
}

const PLAIN = { ordered: false, limited: false } as const

const SPECS: readonly AggregateSpec[] = [
  {
    ...PLAIN,
    name: 'count',
    signature: 'count() or count(x) → int64',
    nulls: 'counts rows, or non-null x; 0 of nothing',
    undoable: 'yes',
    arity: [0, 1],
    check: () => ({ type: 'int64', nullable: false }),
  },
  {
    name: 'count_distinct',
    ordered: false,
    limited: true,
    signature: 'count_distinct(x), max → int64',
    nulls: 'counts distinct non-null x; 0 of nothing; above max the value is max',
    undoable: 'yes',
    arity: [1, 1],
    check: ([x]) => {
      if (x.type === 'double') return 'a value that is not a double: floats have no dependable identity'
      return isEquatable(x.type) ? { type: 'int64', nullable: false } : 'a value that has equality'
    },
  },
  {
    ...PLAIN,
    name: 'sum',
    signature: 'sum(x) → int64 or double',
    nulls: 'null of nothing, or when the exact sum leaves int64',
    undoable: 'integers only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) ? { type: isInteger(x.type) ? 'int64' : 'double', nullable: true } : 'a number'),
  },
  {
    ...PLAIN,
    name: 'avg',
    signature: 'avg(x) → double',
    nulls: 'null of nothing, or when the exact integer sum leaves int64',
    undoable: 'integers only',
    arity: [1, 1],
    check: ([x]) => (isNumeric(x.type) ? { type: 'double', nullable: true } : 'a number'),
  },
  ...['min', 'max'].map(
    (name): AggregateSpec => ({
      ...PLAIN,
      name,
      signature: `${name}(x) → type of x`,
      nulls: 'null of nothing',
      undoable: 'no',
      arity: [1, 1],
      check: ([x]) => (isOrderable(x.type) ? { type: x.type, nullable: true } : 'a value that has an order'),
    }),
  ),
]

/** All aggregates of the plan language by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateSpec> = new Map(SPECS.map((spec) => [spec.name, spec]))

import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { AGGREGATES, type AggregateSpec } from '../expr/aggregate-table.ts'
import { typeOf } from '../expr/check-expr.ts'
import { closest } from '../expr/closest.ts'
import type { ExprType } from '../expr/function-table.ts'
import { isEquatable } from '../type/data-type.ts'
import { checkName, clash } from './check-source.ts'
import type { Aggregate } from './node/window-aggregate-node.ts'

/** Most aggregates of one node. */
const AGGREGATES_MAX = 1_000

/** What aggregates are checked against. */
export interface AggregateScope {
  /** Columns of the rows that are aggregated. */
  readonly fields: readonly Field[]
  /** The node, for messages. */
  readonly where: string
  /** Names of the node's other columns. */
  readonly taken: readonly string[]
}

/** The columns that a node's aggregates give, in order; refuses names that clash, and what does not fit, in the words of `typeOf`. */
export function checkAggregates(aggregates: readonly Aggregate[], { fields, where, taken }: AggregateScope): readonly Field[] {
  if (aggregates.length > AGGREGATES_MAX)
    throw userError('plan/too-large', `The ${where} has ${aggregates.length} aggregates; at most ${AGGREGATES_MAX} are allowed.`)
  const names = new Set(taken)
  return aggregates.map((aggregate): Field => {
    checkName(aggregate.name, where)
    if (names.has(aggregate.name)) throw clash(aggregate.name, where)
    names.add(aggregate.name)
    return { name: aggregate.name, ...aggregateType(aggregate, fields, `aggregate \`${aggregate.name}\` of ${where}`) }
  })
}

function aggregateType(aggregate: Aggregate, fields: readonly Field[], where: string): ExprType {
  const spec = specOf(aggregate, where)
  checkCondition(aggregate, fields, where)
  const exprs = aggregate.args ?? []
  const args = exprs.map((arg) => typeOf(arg, fields, where))
  if (args.length < spec.arity[0] || args.length > spec.arity[1]) {
    throw userError('plan/argument-count', `\`${aggregate.fn}\` of ${where} has ${args.length} arguments; its form is ${spec.signature}.`, {
      asked: args.length,
      found: spec.signature,
      do: 'Give the arguments its form names.',
    })
  }
  checkMax(aggregate, spec, where)
  checkOrder(aggregate, spec, { fields, where })
  const result = spec.check(args, exprs)
  if (typeof result !== 'string') return result
  const given = args.map((arg) => arg.type)
  throw userError('plan/argument-type', `\`${aggregate.fn}\` of ${where} takes ${result}; it was given ${given.join(', ')}.`, {
    asked: given,
    found: spec.signature,
    do: `Give ${result}.`,
  })
}

function specOf({ fn }: Aggregate, where: string): AggregateSpec {
  const spec = AGGREGATES.get(fn)
  if (spec !== undefined) return spec
  const found = [...AGGREGATES.keys()]
  const near = closest(fn, found)
  throw userError(
    'plan/unknown-aggregate',
    `\`${fn}\` of ${where} is no aggregate${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    { asked: fn, found, do: 'Use one of the aggregates found.' },
  )
}

function checkCondition(aggregate: Aggregate, fields: readonly Field[], where: string): void {
  if (aggregate.where === undefined) return
  const { type } = typeOf(aggregate.where, fields, `condition of ${where}`)
  if (type === 'boolean') return
  throw userError('plan/argument-type', `The condition of ${where} is ${type}; it must be boolean.`, {
    asked: type,
    found: 'boolean',
    do: 'Give a condition.',
  })
}

function checkMax({ fn, max }: Aggregate, { limited }: AggregateSpec, where: string): void {
  if (max === undefined || (limited && max >= 1)) return
  throw userError(
    'plan/bad-max',
    limited ? `The ${where} keeps values with max ${max}.` : `\`${fn}\` of ${where} takes no \`max\`; it was given ${max}.`,
    {
      asked: max,
      found: namesWhere((spec) => spec.limited),
      do: limited ? 'Give a `max` of at least 1, or leave it out to keep values without a limit.' : 'Leave `max` out.',
    },
  )
}

function checkOrder(
  aggregate: Aggregate,
  { ordered }: AggregateSpec,
  at: { readonly fields: readonly Field[]; readonly where: string },
): void {
  if (aggregate.order_by === undefined) return
  if (!ordered) {
    throw userError(
      'plan/bad-order',
      `\`${aggregate.fn}\` of ${at.where} takes no \`order_by\`: it does not depend on the order of rows.`,
      {
        asked: aggregate.order_by,
        found: namesWhere((spec) => spec.ordered),
        do: 'Leave `order_by` out.',
      },
    )
  }
  for (const [name] of aggregate.order_by) {
    const { type } = typeOf({ col: name }, at.fields, `order of ${at.where}`)
    if (isEquatable(type)) continue
    throw userError('plan/bad-order', `The ${at.where} is ordered by \`${name}\`, which is ${type} and has no order.`, {
      asked: name,
      found: type,
      do: 'Order by a scalar column.',
    })
  }
}

function namesWhere(holds: (spec: AggregateSpec) => boolean): readonly string[] {
  return [...AGGREGATES.values()].filter(holds).map((spec) => spec.name)
}

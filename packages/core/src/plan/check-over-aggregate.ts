import { checkAggregates } from './check-aggregate.ts'
import { checkLength, isRevised, refuseUpsert, TIMED } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { OverAggregateNode } from './node/over-aggregate-node.ts'

/** The input's columns, then the aggregates; rows keep time, tie and place. */
export function checkOverAggregate(node: OverAggregateNode, input: CheckedNode): CheckedNode {
  const where = `over-aggregate \`${node.id}\``
  refuseUpsert(input, where)
  for (const key of node.keys) keyField(key, { fields: input.fields, where })
  checkLength({ name: 'range_ms', value: node.range_ms, least: 0 }, where)
  const taken = input.fields.map((field) => field.name)
  const aggregates = checkAggregates(node.aggregates, { fields: input.fields, where, taken })
  return {
    ...input,
    ...TIMED,
    node,
    inputs: [node.input],
    fields: [...input.fields, ...aggregates],
    upsert: isRevised(input),
    upsertKeys: undefined,
  }
}

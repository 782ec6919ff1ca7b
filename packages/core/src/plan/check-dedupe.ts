import { checkLength, isRevised, refuseUpsert, TIMED } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { DedupeNode } from './node/dedupe-node.ts'

export function checkDedupe(node: DedupeNode, input: CheckedNode): CheckedNode {
  const where = `dedupe \`${node.id}\``
  refuseUpsert(input, where)
  for (const key of node.keys) keyField(key, { fields: input.fields, where })
  checkLength({ name: 'horizon_ms', value: node.horizon_ms, least: 0 }, where)
  return { ...input, ...TIMED, node, inputs: [node.input], upsert: isRevised(input), upsertKeys: undefined }
}

import { userError } from '../error/index.ts'
import { typeOf } from '../expr/check-expr.ts'
import { refuseUpsert, UNSTAMPED } from './check-grouping.ts'
import { keyField } from './check-key.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { LatestNode } from './node/latest-node.ts'

export function checkLatest(node: LatestNode, input: CheckedNode): CheckedNode {
  const where = `latest \`${node.id}\``
  refuseUpsert(input, where)
  for (const key of node.keys) keyField(key, { fields: input.fields, where })
  checkDeleted(node, input, where)
  return { ...input, ...UNSTAMPED, node, inputs: [node.input], upsert: true, upsertKeys: node.keys }
}

function checkDeleted({ deleted }: LatestNode, input: CheckedNode, where: string): void {
  if (deleted === undefined) return
  const { type } = typeOf({ col: deleted }, input.fields, `\`deleted\` of ${where}`)
  if (type === 'boolean') return
  throw userError('plan/argument-type', `The column \`${deleted}\`, by which ${where} removes keys, is ${type}; it must be boolean.`, {
    asked: deleted,
    found: type,
    do: 'Name a boolean column.',
  })
}

import type { LookupJoinNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import { joinedColumns, keysMeet, LEFT, RIGHT } from './joined-column.ts'
import { descending, firstRows, orderColumns } from './row-order.ts'
import { nested, selectText } from './select-text.ts'

/** Left rows with the last of right's rows of their key, as these were when the left row arrived. */
export function printLookupJoin(node: LookupJoinNode, step: Step): string {
  const [left, right] = step.inputs
  const keys = [...new Set(node.on.map(([, name]) => name))].map(identifier)
  const last = firstRows({
    rows: identifier(right.name),
    partition: ['`_at`', ...keys],
    order: orderColumns(right).map(descending),
    n: 1,
  })
  return selectText(joinedColumns(step), [
    `FROM ${identifier(left.name)} AS ${LEFT}`,
    `${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} ${nested(last, 'r')}`,
    `ON ${[...keysMeet(node.on), `${LEFT}.\`_arrival\` = ${RIGHT}.\`_at\``].join('\n  AND ')}`,
  ])
}

import type { DedupeNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { acceptedRows } from './accepted-rows.ts'
import { keyText } from './key-text.ts'
import type { PrintOptions } from './plan-printer.ts'
import { ascending, firstRows, tieOrder } from './row-order.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { ownColumns, TIME } from './system-column.ts'

/** Of the rows of a key and time the first, where the key has no row of a time that is earlier by no more than the horizon. */
export function printDedupe(node: DedupeNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const rows = acceptedRows(input, options, [aliased(keyText(node.keys, input.checked.fields), '_key')])
  const first = firstRows({ rows, partition: ['`_key`', TIME], order: tieOrder(input).map(ascending), n: 1 })
  const times = `SELECT DISTINCT \`_key\`, ${TIME} AS \`_at_ms\` FROM ${rows}`
  const blocked = selectText(
    ['`t`.`_key` AS `_of`', '`t`.`_at_ms`'],
    [
      `FROM (${times}) AS \`t\``,
      `JOIN (${times}) AS \`b\``,
      `ON \`b\`.\`_key\` = \`t\`.\`_key\` AND \`b\`.\`_at_ms\` < \`t\`.\`_at_ms\` AND \`b\`.\`_at_ms\` >= \`t\`.\`_at_ms\` - ${node.horizon_ms}`,
      'GROUP BY `t`.`_key`, `t`.`_at_ms`',
    ],
  )
  return selectText(
    ownColumns(step).map((column) => `\`f\`.${column}`),
    [
      `FROM ${nested(first, 'f')}`,
      `LEFT JOIN ${nested(blocked, 'x')}`,
      `ON \`x\`.\`_of\` = \`f\`.\`_key\` AND \`x\`.\`_at_ms\` = \`f\`.${TIME}`,
      'WHERE `x`.`_of` IS NULL',
    ],
  )
}

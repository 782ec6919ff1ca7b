import type { SessionWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from './accepted-rows.ts'
import { argumentRows, groupRows } from './group-printer.ts'
import { identifier } from './identifier.ts'
import { keyText } from './key-text.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { TIME } from './system-column.ts'
import { boundAt } from './time-range.ts'

/** Rows by session: one begins at each time that has none of its key within the gap before it, and a row is of the last that began. */
export function printSessions(node: WindowAggregateNode & { readonly window: SessionWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { gap_ms: gap } = node.window
  const accepted = selectText(
    ['*', aliased(keyText(node.keys, input.checked.fields), '_key')],
    [`FROM ${nested(argumentRows(node, input))}`, ...onTime(input, options)],
  )
  const rows = selectText(
    ['`r`.*', '`m`.`_start`'],
    [
      `FROM ${nested(accepted, 'r')}`,
      `JOIN ${nested(sessionOfTimes(accepted, gap), 'm')}`,
      `ON \`m\`.\`_key\` = \`r\`.\`_key\` AND \`m\`.\`_at_ms\` = \`r\`.${TIME}`,
    ],
  )
  const groups = groupRows({ rows, by: ['_start', ...node.keys], node, input, added: [aliased(`MAX(${TIME})`, '_last')] })
  return selectText(
    [
      aliased(boundAt('`_start`'), 'window_start'),
      aliased(boundAt(`\`_last\` + ${gap}`), 'window_end'),
      aliased(`\`_last\` + ${gap - 1}`, '_time_ms'),
      ...[...node.keys, ...node.aggregates.map((one) => one.name)].map(identifier),
    ],
    [`FROM ${nested(groups)}`],
  )
}

/** The start of the session, `_start`, that each time of a key, `_at_ms`, is in. */
function sessionOfTimes(accepted: string, gap: number): string {
  const times = `SELECT DISTINCT \`_key\`, ${TIME} AS \`_at_ms\` FROM ${nested(accepted)}`
  // No subquery that reads the outer row, at which Flink's planner fails beside other such joins.
  const starts = selectText(
    ['`f`.`_key`', '`f`.`_at_ms`'],
    [
      `FROM (${times}) AS \`f\``,
      `LEFT JOIN (${times}) AS \`b\``,
      `ON \`b\`.\`_key\` = \`f\`.\`_key\` AND \`b\`.\`_at_ms\` < \`f\`.\`_at_ms\` AND \`b\`.\`_at_ms\` >= \`f\`.\`_at_ms\` - ${gap}`,
      'GROUP BY `f`.`_key`, `f`.`_at_ms`',
      'HAVING COUNT(`b`.`_at_ms`) = 0',
    ],
  )
  return selectText(
    ['`t`.`_key`', '`t`.`_at_ms`', 'MAX(`s`.`_at_ms`) AS `_start`'],
    [
      `FROM (${times}) AS \`t\``,
      `JOIN ${nested(starts, 's')}`,
      'ON `s`.`_key` = `t`.`_key` AND `s`.`_at_ms` <= `t`.`_at_ms`',
      'GROUP BY `t`.`_key`, `t`.`_at_ms`',
    ],
  )
}

import type { OverAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from './accepted-rows.ts'
import { argumentRows, groupRows } from './group-printer.ts'
import { identifier } from './identifier.ts'
import { keyText } from './key-text.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { ownColumns, TIME } from './system-column.ts'

/** Each row with aggregates over a range of time, which are computed once per key and time: rows of one time see the same. */
export function printOverAggregate(node: OverAggregateNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { fields } = input.checked
  const key = aliased(keyText(node.keys, fields), '_key')
  const accepted = selectText(['*', key], [`FROM ${identifier(input.name)}`, ...onTime(input, options)])
  const seen = selectText(['*', key], [`FROM ${nested(argumentRows({ ...node, keys: node.keys }, input))}`, ...onTime(input, options)])
  const moments = `SELECT DISTINCT \`_key\` AS \`_of\`, ${TIME} AS \`_at_ms\` FROM ${nested(accepted)}`
  const ranges = selectText(
    ['`m`.*', '`s`.*'],
    [
      `FROM (${moments}) AS \`m\``,
      `JOIN ${nested(seen, 's')}`,
      `ON \`s\`.\`_key\` = \`m\`.\`_of\` AND \`s\`.${TIME} <= \`m\`.\`_at_ms\` AND \`s\`.${TIME} >= \`m\`.\`_at_ms\` - ${node.range_ms}`,
    ],
  )
  const groups = groupRows({ rows: ranges, by: ['_of', '_at_ms'], node, input })
  return selectText(
    [...ownColumns(step, fields).map((column) => `\`r\`.${column}`), ...node.aggregates.map(({ name }) => `\`g\`.${identifier(name)}`)],
    [
      `FROM ${nested(accepted, 'r')}`,
      `JOIN ${nested(groups, 'g')}`,
      `ON \`g\`.\`_of\` = \`r\`.\`_key\` AND \`g\`.\`_at_ms\` = \`r\`.${TIME}`,
    ],
  )
}

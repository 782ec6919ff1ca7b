import type { AsOfJoinNode, Step } from '@millrace/core'
import { acceptedRows, onTime } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import { joinedColumns, LEFT, RIGHT } from './joined-column.ts'
import type { PrintOptions } from './plan-printer.ts'
import { overText, rowOrder } from './row-order.ts'
import { indent, selectText } from './select-text.ts'

/**
 * Left rows with the latest right row. DuckDB takes any of the right rows of one time, so that all but the last are left out first, and 1.5
 * lets nulls meet where there are several keys and 64 rows or more, so that they are left out too. What is too old is found and then let go,
 * since no older one would do.
 */
export function printAsOfJoin(node: AsOfJoinNode, step: Step, options: PrintOptions): string {
  const [left, right] = step.inputs
  const keys = node.on.map(([a, b]) => `${LEFT}.${identifier(a)} = ${RIGHT}.${identifier(b)}`)
  const [leftTime, rightTime] = [`${LEFT}."_event_time"`, `${RIGHT}."_event_time"`]
  const young = node.max_age_ms === undefined ? undefined : `epoch_ms(${leftTime}) - epoch_ms(${rightTime}) <= ${node.max_age_ms}`
  return selectText(joinedColumns(step, node.how === 'left' ? young : undefined), [
    `FROM ${acceptedRows(left, options)} AS ${LEFT}`,
    `ASOF ${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} (\n${indent(lastOfEachTime(node, right, options))}\n) AS ${RIGHT}`,
    `ON ${[...keys, `${leftTime} ${node.strict === true ? '>' : '>='} ${rightTime}`].join('\n  AND ')}`,
    ...(node.how === 'left' || young === undefined ? [] : [`WHERE ${young}`]),
  ])
}

function lastOfEachTime(node: AsOfJoinNode, right: Step, options: PrintOptions): string {
  const [, ...order] = rowOrder(right, 'last')
  const names = [...new Set(node.on.map(([, name]) => name))]
  return selectText(
    ['*'],
    [
      `FROM ${identifier(right.name)}`,
      ...onTime(right, options, names),
      `QUALIFY row_number() OVER (${overText([...names, '_event_time'].map(identifier), order)}) = 1`,
    ],
  )
}

import type { IntervalJoinNode, Step } from '@millrace/core'
import { acceptedRows } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import { LEFT, RIGHT } from './joined-column.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, selectText } from './select-text.ts'

/** Pairs of rows by key and time. A late row is on neither side (`as_served`), so it is no partner and has no row of its own. */
export function printIntervalJoin(node: IntervalJoinNode, step: Step, options: PrintOptions): string {
  const [left, right] = step.inputs
  const time = (side: string): string => `${side}."_event_time"`
  const columns = [
    aliased(eventTime(node, time), '_event_time'),
    ...left.checked.fields.map((field) => `${LEFT}.${identifier(field.name)}`),
    ...right.checked.fields.map((field) => `${RIGHT}.${identifier(field.name)}`),
  ]
  const keys = node.on.map(([a, b]) => `${LEFT}.${identifier(a)} = ${RIGHT}.${identifier(b)}`)
  return selectText(columns, [
    `FROM ${acceptedRows(left, options)} AS ${LEFT}`,
    `${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} ${acceptedRows(right, options)} AS ${RIGHT}`,
    `ON ${[...keys, ...between(node, time)].join('\n  AND ')}`,
  ])
}

/** The greater of the two times; DuckDB's `greatest` passes over the null of a row without a partner. */
function eventTime(node: IntervalJoinNode, time: (side: string) => string): string {
  return node.upper_ms <= 0 ? time(LEFT) : `greatest(${time(LEFT)}, ${time(RIGHT)})`
}

/** Each comparison has one side's columns on either side of it: DuckDB joins by those, and by nothing else without looking at all pairs. */
function between({ lower_ms: lower, upper_ms: upper }: IntervalJoinNode, time: (side: string) => string): readonly string[] {
  if (lower === 0 && upper === 0) return [`${time(RIGHT)} = ${time(LEFT)}`]
  const [left, right] = [`epoch_ms(${time(LEFT)})`, `epoch_ms(${time(RIGHT)})`]
  if (lower === upper) return [`${right} = ${left} + (${lower})`]
  return [`${right} >= ${left} + (${lower})`, `${right} <= ${left} + (${upper})`]
}

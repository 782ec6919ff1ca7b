import type { IntervalJoinNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, indent, selectText } from './select-text.ts'

const LEFT = identifier('l')
const RIGHT = identifier('r')

/** Conditions under which a row that still has its stamp is late for a join, and is not. */
export const LATE_FOR_JOIN = '"_event_time" < "_watermark"'
const ON_TIME_FOR_JOIN = '"_event_time" >= "_watermark"'

/** Pairs of rows by key and time. A late row is on neither side (`as_served`), so it is no partner and has no row of its own. */
export function printJoin(node: IntervalJoinNode, step: Step, options: PrintOptions): string {
  const [left, right] = step.inputs
  const time = (side: string): string => `${side}."_event_time"`
  const columns = [
    aliased(eventTime(node, time), '_event_time'),
    ...left.checked.fields.map((field) => `${LEFT}.${identifier(field.name)}`),
    ...right.checked.fields.map((field) => `${RIGHT}.${identifier(field.name)}`),
  ]
  const keys = node.on.map(([a, b]) => `${LEFT}.${identifier(a)} = ${RIGHT}.${identifier(b)}`)
  return selectText(columns, [
    `FROM ${accepted(left, options)} AS ${LEFT}`,
    `${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} ${accepted(right, options)} AS ${RIGHT}`,
    `ON ${[...keys, ...between(node, time)].join('\n  AND ')}`,
  ])
}

/** The greater of the two times; DuckDB's `greatest` passes over the null of a row without a partner. */
function eventTime(node: IntervalJoinNode, time: (side: string) => string): string {
  return node.upper_ms <= 0 ? time(LEFT) : `greatest(${time(LEFT)}, ${time(RIGHT)})`
}

function accepted(input: Step, options: PrintOptions): string {
  const name = identifier(input.name)
  if (!input.stamped || options.mode === 'exact') return name
  return `(\n${indent(`SELECT *\nFROM ${name}\nWHERE ${ON_TIME_FOR_JOIN}`)}\n)`
}

/** Each comparison has one side's columns on either side of it: DuckDB joins by those, and by nothing else without looking at all pairs. */
function between({ lower_ms: lower, upper_ms: upper }: IntervalJoinNode, time: (side: string) => string): readonly string[] {
  if (lower === 0 && upper === 0) return [`${time(RIGHT)} = ${time(LEFT)}`]
  const [left, right] = [`epoch_ms(${time(LEFT)})`, `epoch_ms(${time(RIGHT)})`]
  if (lower === upper) return [`${right} = ${left} + (${lower})`]
  return [`${right} >= ${left} + (${lower})`, `${right} <= ${left} + (${upper})`]
}

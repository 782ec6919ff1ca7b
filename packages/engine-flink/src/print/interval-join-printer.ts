import type { IntervalJoinNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { acceptedRows } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import { keysMeet, LEFT, RIGHT } from './joined-column.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, selectText } from './select-text.ts'
import { TIME } from './system-column.ts'

/** Pairs of rows by key and time. A late row is on neither side (`as_served`), so it is no partner and has no row of its own. */
export function printIntervalJoin(node: IntervalJoinNode, step: Step, options: PrintOptions): string {
  const [l, r] = [`${LEFT}.${TIME}`, `${RIGHT}.${TIME}`]
  return printPairs(node, step, { options, within: [`${r} >= ${l} + (${node.lower_ms})`, `${r} <= ${l} + (${node.upper_ms})`] })
}

interface Pairs {
  readonly options: PrintOptions
  /** Conditions under which times meet. */
  readonly within: readonly string[]
  /** Further columns, behind the time of a pair. */
  readonly added?: readonly string[]
}

/** Pairs of rows whose keys meet and whose times do. */
export function printPairs(node: IntervalJoinNode, step: Step, { options, within, added = [] }: Pairs): string {
  const [left, right] = step.inputs
  const [l, r] = [`${LEFT}.${TIME}`, `${RIGHT}.${TIME}`]
  const columns = [
    aliased(node.upper_ms <= 0 ? l : `CASE WHEN ${r} > ${l} THEN ${r} ELSE ${l} END`, '_time_ms'),
    ...added,
    ...left.checked.fields.map((field) => `${LEFT}.${identifier(field.name)}`),
    ...right.checked.fields.map((field) => `${RIGHT}.${identifier(field.name)}`),
  ]
  return selectText(columns, [
    `FROM ${acceptedRows(left, options)} AS ${LEFT}`,
    `${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} ${acceptedRows(right, options)} AS ${RIGHT}`,
    `ON ${[...keysMeet(node.on), ...within].join('\n  AND ')}`,
  ])
}

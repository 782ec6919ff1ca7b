import type { OverAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from '../print/accepted-rows.ts'
import type { PrintedAggregate } from '../print/aggregate-printer.ts'
import { argumentRows, partialColumns, partialNames, printedAggregates } from '../print/group-printer.ts'
import { identifier } from '../print/identifier.ts'
import { LEFT, RIGHT } from '../print/joined-column.ts'
import { keyText } from '../print/key-text.ts'
import type { PrintOptions } from '../print/plan-printer.ts'
import { fromRows, scopeOf } from '../print/printed.ts'
import { aliased, type NamedQuery, nested, selectText } from '../print/select-text.ts'
import { ownColumns } from '../print/system-column.ts'
import { firstOfMoments, partitionKeys, rangeBefore, sameMoment } from './live-moment.ts'
import { type Passed, passViews } from './live-pass-printer.ts'
import { ROWTIME } from './live-step.ts'

const KEY = '_key'

/** Each row with aggregates over a range of time, by a window of Flink's that goes with the rows. */
export function overViews(node: OverAggregateNode, step: Step, options: PrintOptions): readonly NamedQuery[] {
  // Rows leave the range, so that what aggregates know of them is taken back.
  const input = { ...step.inputs[0], appends: false }
  const { printed } = printedAggregates(node, input)
  const columns = ownColumns(step, input.checked.fields)
  const keys = input.checked.fields.map(({ name }) => name)
  const taken = selectText(
    ['*', aliased(keyText(node.keys, input.checked.fields), KEY)],
    [`FROM ${nested(argumentRows({ keys, aggregates: node.aggregates }, input))}`, ...onTime(input, options)],
  )
  if (printed.some(({ passes = [] }) => passes.length > 0)) return passedViews(node, step, { printed, columns, taken })
  const ranges = ranged(printed, { rows: nested(taken), columns, keys: partitionKeys(node.keys, input), range_ms: node.range_ms })
  return [{ name: step.name, sql: results(node, { printed, columns, partials: partialNames(printed), rows: ranges }) }]
}

interface Ranged {
  /** A table expression. */
  readonly rows: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  readonly range_ms: number
}

function ranged(printed: readonly PrintedAggregate[], { rows, columns, keys, range_ms }: Ranged): string {
  const partials = partialColumns(printed, (aggregate) => `${withoutFilter(aggregate)} OVER \`w\``)
  return selectText([...columns, ...partials], [`FROM ${rows}`, `WINDOW \`w\` AS (${rangeBefore(keys, range_ms)})`])
}

/** Flink's OVER takes no FILTER, but aggregates of lists that leave out nulls by another word. */
function withoutFilter(aggregate: string): string {
  return aggregate.replace(/ FILTER \(WHERE \S+ IS NOT NULL\)$/, ' IGNORE NULLS')
}

interface Given {
  readonly printed: readonly PrintedAggregate[]
  readonly columns: readonly string[]
}

function results(
  { aggregates }: OverAggregateNode,
  { printed, columns, partials, rows }: Given & Pick<Passed, 'partials'> & { rows: string },
): string {
  const after = scopeOf([])
  const found = aggregates.map(({ name }, i) => aliased(printed[i].result(partials[i], after), name))
  return selectText([...columns, ...found], [fromRows(after, nested(rows))])
}

/** What goes over lists of values is computed once for each key and time, and joined with the rows of that time. */
function passedViews(node: OverAggregateNode, step: Step, { printed, columns, taken }: Given & { taken: string }): readonly NamedQuery[] {
  const rows = { name: `${step.name} rows`, sql: taken }
  const [key, time] = [identifier(KEY), identifier(ROWTIME)]
  const lists = { rows: identifier(rows.name), columns: [key, time], keys: [key], range_ms: node.range_ms }
  const ranges = { name: `${step.name} ranges`, sql: ranged(printed, lists) }
  const found = [key, time, ...partialNames(printed).flat()]
  const first = { rows: ranges.name, columns: found, keys: [key], order: [`${key} ASC`] }
  const moments = { name: `${step.name} moments`, sql: firstOfMoments(first) }
  const { views, partials, last } = passViews(printed, { from: moments.name, prefix: step.name, columns: [key] })
  const joined = selectText(
    [...columns.map((column) => `${LEFT}.${column}`), ...partials.flat().map((name) => `${RIGHT}.${name}`)],
    [
      `FROM ${identifier(rows.name)} AS ${LEFT}`,
      `JOIN ${identifier(last)} AS ${RIGHT}`,
      `ON ${[`${LEFT}.${key} = ${RIGHT}.${key}`, ...sameMoment(`${LEFT}.${time}`, `${RIGHT}.${time}`)].join('\n  AND ')}`,
    ],
  )
  return [rows, ranges, moments, ...views, { name: step.name, sql: results(node, { printed, columns, partials, rows: joined }) }]
}

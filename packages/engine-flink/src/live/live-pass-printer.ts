import type { PrintedAggregate } from '../print/aggregate-printer.ts'
import { partialNames, passColumns } from '../print/group-printer.ts'
import { identifier } from '../print/identifier.ts'
import { aliased, type NamedQuery, selectText } from '../print/select-text.ts'
import { momentsOf } from './live-moment.ts'
import { ROWTIME } from './live-step.ts'

interface Groups {
  /** Name of the view of the groups: what they are grouped by, their partials and `_rowtime`, which tells of those that have the same of both. */
  readonly from: string
  /** Stands before the names of views. */
  readonly prefix: string
  /** What the groups are grouped by, as SQL. */
  readonly columns: readonly string[]
}

export interface Passed {
  readonly views: readonly NamedQuery[]
  /** Name of the view that has all partials. */
  readonly last: string
  /** Names of each aggregate's partials. */
  readonly partials: readonly (readonly string[])[]
}

/** Passes over lists: the elements of a group are all of its time, so that windows of a millisecond hold them, and Flink forgets them. */
export function passViews(printed: readonly PrintedAggregate[], { from, prefix, columns }: Groups): Passed {
  const partials = partialNames(printed).map((names) => [...names])
  const views: NamedQuery[] = []
  const time = identifier(ROWTIME)
  let last = from
  for (const [i, { passes = [] }] of printed.entries()) {
    for (const pass of passes) {
      const before = [...columns, ...partials.flat()]
      const elements = `${prefix} elements ${views.length / 2}`
      views.push({
        name: elements,
        sql: selectText(
          [...before, time, '`_element`'],
          [`FROM ${identifier(last)}`, `LEFT JOIN UNNEST(${partials[i][0]}) AS \`_list\` (\`_element\`) ON TRUE`],
        ),
      })
      const sums = passColumns(pass, { aggregate: i, partials: partials[i] })
      last = `${prefix} pass ${(views.length - 1) / 2}`
      views.push({
        name: last,
        sql: selectText(
          [...before, ...sums.columns, aliased('window_time', ROWTIME)],
          [`FROM ${momentsOf(elements)}`, `GROUP BY ${['window_start', 'window_end', 'window_time', ...before].join(', ')}`],
        ),
      })
      partials[i].push(...sums.names)
    }
  }
  return { views, last, partials }
}

import type { Aggregate } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { listOf, type PrintedAggregate, printAggregate } from './aggregate-printer.ts'
import { identifier } from './identifier.ts'
import { fromRows, type Scope, scopeOf } from './printed.ts'
import { aliased, atLeastOne, nested, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'

/** What is grouped: by keys, with aggregates. */
interface Grouping {
  readonly keys: readonly string[]
  readonly aggregates: readonly Aggregate[]
}

/** The input's rows with what aggregates compute of each: system columns, keys, values. */
export function argumentRows(node: Grouping, input: Step): string {
  const { printed, scope } = printedAggregates(node, input)
  const values = printed.flatMap(({ values }, i) => values.map((sql, j) => aliased(sql, valueName(i, j))))
  const kept = [...systemColumns(input), ...new Set(node.keys)].map(identifier)
  return selectText(atLeastOne([...kept, ...values]), [fromRows(scope, identifier(input.name))])
}

interface GroupedRows {
  /** Rows of `argumentRows`, with what they are grouped by besides the keys. */
  readonly rows: string
  /** Names of all columns that rows are grouped by. */
  readonly by: readonly string[]
  readonly node: Grouping
  readonly input: Step
  /** Further columns of a group, with their names. */
  readonly added?: readonly string[]
}

/** A row per group: what it is grouped by, its aggregates under their names, and what is added. */
export function groupRows({ rows, by, node, input, added = [] }: GroupedRows): string {
  const { printed } = printedAggregates(node, input)
  const after = scopeOf([])
  const columns = by.map(identifier)
  const partials = partialColumns(printed, besideLists(printed))
  const groups = selectText(atLeastOne([...columns, ...partials, ...added]), [
    `FROM ${nested(rows)}`,
    ...(columns.length === 0 ? [] : [`GROUP BY ${columns.join(', ')}`]),
  ])
  const others = added.map((column) => column.slice(column.lastIndexOf(' AS ') + ' AS '.length))
  const found = passedRows(printed, { groups, columns: [...columns, ...others] })
  const results = node.aggregates.map((aggregate, i) => aliased(printed[i].result(found.partials[i], after), aggregate.name))
  return selectText(atLeastOne([...columns, ...results, ...others]), [fromRows(after, nested(found.groups))])
}

const DISTINCT_COUNT = /^COUNT\(DISTINCT (.+)\)$/

interface Passed {
  readonly groups: string
  /** Names of each aggregate's partials. */
  readonly partials: readonly (readonly string[])[]
}

/**
 * The groups with what passes over lists compute. Each pass groups by all that the group is so far, the list among it: where a list changes,
 * another group takes the place of the old one.
 */
function passedRows(printed: readonly PrintedAggregate[], from: { readonly groups: string; readonly columns: readonly string[] }): Passed {
  const partials = partialNames(printed).map((names) => [...names])
  let { groups } = from
  for (const [i, { passes = [] }] of printed.entries()) {
    for (const pass of passes) {
      const before = [...from.columns, ...partials.flat()]
      const sums = passColumns(pass, { aggregate: i, partials: partials[i] })
      groups = selectText(
        [...before, ...sums.columns],
        [
          `FROM ${nested(groups)}`,
          `LEFT JOIN UNNEST(${partials[i][0]}) AS \`_list\` (\`_element\`) ON TRUE`,
          `GROUP BY ${before.join(', ')}`,
        ],
      )
      partials[i].push(...sums.names)
    }
  }
  return { groups, partials }
}

/** What is computed of each group, from the values of its rows. */
export function partialColumns(printed: readonly PrintedAggregate[], of: (sql: string) => string = (sql) => sql): readonly string[] {
  return printed.flatMap((aggregate, i) =>
    aggregate.partials(aggregate.values.map((_, j) => identifier(valueName(i, j)))).map((sql, j) => aliased(of(sql), partialName(i, j))),
  )
}

/**
 * How partials are written. In batch mode Flink takes `COUNT(DISTINCT …)` beside other aggregates apart and puts these together again by their
 * least value, which lists do not have: beside lists, different values are counted by a list too.
 */
function besideLists(printed: readonly PrintedAggregate[]): (sql: string) => string {
  const hasLists = partialColumns(printed).some((sql) => sql.includes('ARRAY_AGG('))
  return (sql) => {
    const distinct = DISTINCT_COUNT.exec(sql)?.[1]
    return hasLists && distinct !== undefined ? `COALESCE(CARDINALITY(ARRAY_DISTINCT(${listOf(distinct)})), 0)` : sql
  }
}

/** Names of each aggregate's partials, before passes. */
export function partialNames(printed: readonly PrintedAggregate[]): readonly (readonly string[])[] {
  return printed.map(({ values, partials }, i) => partials(values).map((_, j) => identifier(partialName(i, j))))
}

type Pass = NonNullable<PrintedAggregate['passes']>[number]

/** What a pass over `_element` adds to an aggregate's partials, and its names. */
export function passColumns(
  pass: Pass,
  { aggregate, partials }: { readonly aggregate: number; readonly partials: readonly string[] },
): { readonly columns: readonly string[]; readonly names: readonly string[] } {
  const sums = pass('`_element`', partials)
  const names = sums.map((_, j) => partialName(aggregate, partials.length + j))
  return { columns: sums.map((sql, j) => aliased(sql, names[j])), names: names.map(identifier) }
}

export function printedAggregates(
  { aggregates }: Grouping,
  input: Step,
): { readonly printed: readonly PrintedAggregate[]; readonly scope: Scope } {
  const scope = scopeOf(input.checked.fields)
  return { printed: aggregates.map((aggregate) => printAggregate(aggregate, input, scope)), scope }
}

function valueName(aggregate: number, place: number): string {
  return `_a${aggregate}_${place}`
}

function partialName(aggregate: number, place: number): string {
  return `_g${aggregate}_${place}`
}

import { type CheckedPlan, type JoinNode, judgesLateness, lowerPlan, type MapNode, type Step } from '@millrace/core'
import { checkSupported, unsupported } from '../capabilities.ts'
import { printAsOfJoin } from './as-of-join-printer.ts'
import { printDedupe } from './dedupe-printer.ts'
import { printFilter } from './filter-printer.ts'
import { identifier } from './identifier.ts'
import { printIntervalJoin } from './interval-join-printer.ts'
import { printLate } from './late-printer.ts'
import { printLatest } from './latest-printer.ts'
import { printLookupJoin } from './lookup-join-printer.ts'
import { printDead, printMap, printMapped } from './map-printer.ts'
import { printOverAggregate } from './over-aggregate-printer.ts'
import { printPass } from './pass-printer.ts'
import { printProject } from './project-printer.ts'
import { printScan } from './scan-printer.ts'
import { atLeastOne, type NamedQuery, selectText, withText } from './select-text.ts'
import { systemColumns } from './system-column.ts'
import { printTopN } from './top-n-printer.ts'
import { printUnion } from './union-printer.ts'
import { printWindowAggregate } from './window-aggregate-printer.ts'

export interface PrintOptions {
  /** `as_served` leaves out what was late when it arrived; `exact` counts every row. */
  readonly mode: 'as_served' | 'exact'
  /**
   * A table expression that gives a source's rows, e.g. `read_parquet(['…'])`: columns `_arrival` (BIGINT), `_watermark` (TIMESTAMPTZ)
   * and the source's fields; timestamps are TIMESTAMPTZ, int32 INTEGER, int64 BIGINT, string and json VARCHAR, bytes BLOB.
   */
  readonly sources: (name: string) => string
  /** The name under which the function of a map is known to the database; one for people when left out. */
  readonly mapName?: (node: MapNode) => string
  /** Puts what rows carry beside the user's columns behind these, where they have it: `_arrival`, `_source`, `_event_time` (TIMESTAMPTZ) … */
  readonly systemColumns?: boolean
}

export interface PrintedPlan {
  /** One statement whose columns are the output's user columns in order; no order of rows. */
  readonly sql: string
  /** One statement that gives the refused rows (source, arrival, late, windows_missed, node), where the mode and the plan have any. */
  readonly lateSql: string | undefined
  /** One statement that gives the rows that maps refused (node, source, arrival, reason, message, record), where the plan has any map. */
  readonly deadSql: string | undefined
}

/**
 * A plan as one SQL statement, a common table expression per node under the node's id.
 * Refuses (`engine/unsupported`) what this engine has no SQL for.
 */
export function printPlan(plan: CheckedPlan, options: PrintOptions): PrintedPlan {
  checkSupported(plan)
  const { steps, output } = lowerPlan(plan)
  const queries = (from: readonly Step[]): readonly NamedQuery[] => from.flatMap((step) => queriesOf(step, options))
  const own = output.checked.fields.map((field) => field.name)
  const columns = [...own, ...(options.systemColumns === true ? systemColumns(output) : [])].map(identifier)
  const last = selectText(atLeastOne(columns), [`FROM ${identifier(output.name)}`])
  const upstream = (of: readonly Step[]): readonly Step[] => steps.filter((step) => of.some((one) => one !== step && reads(one, step)))
  const judging = options.mode === 'as_served' ? steps.filter(judgesLateness) : []
  const mapping = steps.filter((step) => step.mapped !== undefined)
  const mapped = mapping.map((step) => mappedQuery(step, options))
  const below = upstream(mapping)
  const isBelow = (name: string): boolean => below.some((step) => step.mapped === name)
  return {
    sql: withText(queries(steps), last),
    lateSql: judging.length === 0 ? undefined : withText(queries(upstream(judging)), judging.map(printLate).join('\nUNION ALL\n')),
    deadSql:
      mapping.length === 0
        ? undefined
        : withText([...queries(below), ...mapped.filter(({ name }) => !isBelow(name))], mapping.map(printDead).join('\nUNION ALL\n')),
  }
}

function mappedQuery(step: Step, options: PrintOptions): NamedQuery {
  return { name: step.mapped as string, sql: printMapped(step.checked.node as MapNode, step, options), once: true }
}

function queriesOf(step: Step, options: PrintOptions): readonly NamedQuery[] {
  const query = { name: step.name, sql: printStep(step, options) }
  return step.mapped === undefined ? [query] : [mappedQuery(step, options), query]
}

function reads(step: Step, other: Step): boolean {
  return step === other || step.inputs.some((input) => reads(input, other))
}

function printStep(step: Step, options: PrintOptions): string {
  const { node } = step.checked
  switch (node.kind) {
    case 'scan':
      return printScan(node, step, options)
    case 'filter':
      return printFilter(node, step)
    case 'project':
      return printProject(node, step)
    case 'exchange':
    case 'sink':
      return printPass(step)
    case 'window-aggregate':
      return printWindowAggregate(node, step, options)
    case 'over-aggregate':
      return printOverAggregate(node, step, options)
    case 'join':
      return printJoin(node, step, options)
    case 'dedupe':
      return printDedupe(node, step, options)
    case 'latest':
      return printLatest(node, step)
    case 'union':
      return printUnion(step)
    case 'top-n':
      return printTopN(node, step)
    case 'map':
      return printMap(node, step)
    case 'score':
      throw unsupported('node score', `node \`${node.id}\``)
  }
}

function printJoin(node: JoinNode, step: Step, options: PrintOptions): string {
  switch (node.type) {
    case 'interval':
      return printIntervalJoin(node, step, options)
    case 'as-of':
      return printAsOfJoin(node, step, options)
    case 'lookup':
      return printLookupJoin(node, step)
  }
}

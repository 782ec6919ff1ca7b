import type { Field } from '@millrace/columnar'
import { type CheckedPlan, type JoinNode, judgesLateness } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { lowerPlan, reads, type Step } from '../lower/lower-plan.ts'
import { printAsOfJoin } from './as-of-join-printer.ts'
import { printDedupe } from './dedupe-printer.ts'
import { printFilter } from './filter-printer.ts'
import { identifier } from './identifier.ts'
import { printIntervalJoin } from './interval-join-printer.ts'
import { printLate } from './late-printer.ts'
import { printLatest } from './latest-printer.ts'
import { printLookupJoin } from './lookup-join-printer.ts'
import { printOverAggregate } from './over-aggregate-printer.ts'
import { printPass } from './pass-printer.ts'
import { printProject } from './project-printer.ts'
import { printScan } from './scan-printer.ts'
import { aliased, atLeastOne, type NamedQuery, selectText, withText } from './select-text.ts'
import { TIME } from './system-column.ts'
import { timeAt } from './time-range.ts'
import { printTopN } from './top-n-printer.ts'
import { printUnion } from './union-printer.ts'
import { printWindowAggregate } from './window-aggregate-printer.ts'

export interface PrintOptions {
  /** `as_served` leaves out what was late when it arrived; `exact` counts every row. */
  readonly mode: 'as_served' | 'exact'
  /** A table expression that gives a source's records, rows and heartbeats: the columns of a stamped topic. */
  readonly sources: (name: string) => string
  /** Puts `_arrival`, of rows that are records, and `_event_time` (TIMESTAMP_LTZ) behind the user's columns, where rows have them. */
  readonly systemColumns?: boolean
}

export interface PrintedPlan {
  /** One query whose columns are the output's user columns in order; no order of rows. */
  readonly sql: string
  /** One query that gives the refused rows (source, arrival, late, windows_missed, node), where the mode and the plan have any. */
  readonly lateSql: string | undefined
}

/**
 * A plan as one query of Flink SQL, a common table expression per node under the node's id.
 * Refuses (`engine/unsupported`) what this engine has no SQL for.
 */
export function printPlan(plan: CheckedPlan, options: PrintOptions): PrintedPlan {
  const { steps, output } = lowerPlan(plan)
  const queries = (from: readonly Step[]): readonly NamedQuery[] => from.map((step) => ({ name: step.name, sql: printStep(step, options) }))
  const columns = [
    ...output.checked.fields.map((field) => identifier(field.name)),
    ...(options.systemColumns === true ? placeColumns(output).map(({ name }) => placeText(name)) : []),
  ]
  const last = selectText(atLeastOne(columns), [`FROM ${identifier(output.name)}`])
  const judging = options.mode === 'as_served' ? steps.filter((step) => step.seenBy === undefined && judgesLateness(step)) : []
  const upstream = steps.filter((step) => judging.some((one) => one !== step && reads(one, step)))
  return {
    sql: withText(queries(steps), last),
    lateSql: judging.length === 0 ? undefined : withText(queries(upstream), judging.map(printLate).join('\nUNION ALL\n')),
  }
}

/** Columns that tell the place of a row in the table of its view. */
export function placeColumns({ checked, timed }: Pick<Step, 'checked' | 'timed'>): readonly Field[] {
  return [
    ...(checked.stamped ? [{ name: '_arrival', type: 'int64', nullable: false }] : []),
    ...(timed ? [{ name: '_event_time', type: 'timestamp', nullable: false }] : []),
  ]
}

function placeText(name: string): string {
  return name === '_event_time' ? aliased(timeAt(TIME), name) : identifier(name)
}

/** The query of one step. */
export function printStep(step: Step, options: PrintOptions): string {
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
    case 'score':
      throw unsupported(`node ${node.kind}`, `node \`${node.id}\``)
  }
}

function printJoin(node: JoinNode, step: Step, options: PrintOptions): string {
  if (step.seenBy !== undefined) throw unsupported('a join in what a lookup join reads', `node \`${node.id}\``)
  switch (node.type) {
    case 'interval':
      return printIntervalJoin(node, step, options)
    case 'as-of':
      return printAsOfJoin(node, step, options)
    case 'lookup':
      return printLookupJoin(node, step)
  }
}

import type { CheckedPlan, JoinNode } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { lowerPlan, type Step } from '../lower/lower-plan.ts'
import { printAsOfJoin } from './as-of-join-printer.ts'
import { printDedupe } from './dedupe-printer.ts'
import { printFilter } from './filter-printer.ts'
import { identifier } from './identifier.ts'
import { printIntervalJoin } from './interval-join-printer.ts'
import { judgesLateness, printLate } from './late-printer.ts'
import { printLatest } from './latest-printer.ts'
import { printLookupJoin } from './lookup-join-printer.ts'
import { printOverAggregate } from './over-aggregate-printer.ts'
import { printPass } from './pass-printer.ts'
import { printProject } from './project-printer.ts'
import { printScan } from './scan-printer.ts'
import { atLeastOne, selectText, withText } from './select-text.ts'
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
}

export interface PrintedPlan {
  /** One statement whose columns are the output's user columns in order; no order of rows. */
  readonly sql: string
  /** One statement that gives the refused rows (source, arrival, late, windows_missed, node), where the mode and the plan have any. */
  readonly lateSql: string | undefined
}

/**
 * A plan as one SQL statement, a common table expression per node under the node's id.
 * Refuses (`engine/unsupported`) what this engine has no SQL for.
 */
export function printPlan(plan: CheckedPlan, options: PrintOptions): PrintedPlan {
  const { steps, output } = lowerPlan(plan)
  const query = (step: Step): { name: string; sql: string } => ({ name: step.name, sql: printStep(step, options) })
  const columns = output.checked.fields.map((field) => identifier(field.name))
  const last = selectText(atLeastOne(columns), [`FROM ${identifier(output.name)}`])
  const sql = withText(steps.map(query), last)
  const judging = options.mode === 'as_served' ? steps.filter(judgesLateness) : []
  if (judging.length === 0) return { sql, lateSql: undefined }
  const upstream = steps.filter((step) => judging.some((judge) => judge !== step && reads(judge, step)))
  return { sql, lateSql: withText(upstream.map(query), judging.map(printLate).join('\nUNION ALL\n')) }
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

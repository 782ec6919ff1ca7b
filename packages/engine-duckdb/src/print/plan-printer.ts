import type { CheckedPlan, IntervalJoinNode } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { lowerPlan, type Step } from '../lower/lower-plan.ts'
import { printExchange } from './exchange-printer.ts'
import { printFilter } from './filter-printer.ts'
import { identifier } from './identifier.ts'
import { printJoin } from './join-printer.ts'
import { judgesLateness, printLate } from './late-printer.ts'
import { printProject } from './project-printer.ts'
import { printScan } from './scan-printer.ts'
import { selectText, withText } from './select-text.ts'
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
  const last = selectText(columns.length === 0 ? ['1 AS "_row"'] : columns, [`FROM ${identifier(output.name)}`])
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
      return printExchange(step)
    case 'window-aggregate':
      return printWindowAggregate(node, step, options)
    case 'join':
      return printJoin(node as IntervalJoinNode, step, options)
    default:
      throw unsupported(`node ${node.kind}`, `node \`${node.id}\``)
  }
}

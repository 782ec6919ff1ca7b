import { type CheckedPlan, type IntervalJoinNode, WATERMARK_FLOOR } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from '../print/identifier.ts'
import { printPairs } from '../print/interval-join-printer.ts'
import { LEFT, RIGHT } from '../print/joined-column.ts'
import { type PrintOptions, printStep } from '../print/plan-printer.ts'
import { scanRows } from '../print/scan-printer.ts'
import { aliased, type NamedQuery, plainColumn, selectText } from '../print/select-text.ts'
import { TIME } from '../print/system-column.ts'
import { timeAt } from '../print/time-range.ts'
import { interval } from './interval-literal.ts'
import { printLateRows } from './late-row-printer.ts'
import { asOfViews } from './live-as-of-printer.ts'
import { dedupeViews } from './live-dedupe-printer.ts'
import { overViews } from './live-over-printer.ts'
import { isBounded, LATE_STAMPS, type LiveForm, type LivePlan, livePlan, ROWTIME, rowtimeSide } from './live-step.ts'
import { topNViews } from './live-top-n-printer.ts'
import { windowViews } from './live-window-printer.ts'

export interface LiveOptions {
  /** Stands before the names of views: several plans share a session. */
  readonly prefix: string
  readonly sources: PrintOptions['sources']
  /** Columns of the table of late rows, in their order; absent where none is kept. */
  readonly late?: readonly { readonly name: string; readonly type: string }[]
}

export interface PrintedLive {
  readonly form: LiveForm
  /** Views in the order in which they read each other. */
  readonly views: readonly NamedQuery[]
  /** The query of the output: the stamps of records, user columns, then `_event_time`. Rows come once each, or, as changes, are taken back too. */
  readonly sql: string
  /** The query of the late rows, with the columns that were asked for. */
  readonly lateSql: string | undefined
}

const AS_SERVED = 'as_served'
/**
 * A plan as views and queries over streams without end: windows and joins are Flink's own, which say each row once, when the watermark has passed, and
 * then forget it. What is late is decided by the stamp all the same.
 *
 * @throws user `engine/unsupported`
 */
export function printLive(plan: CheckedPlan, options: LiveOptions): PrintedLive {
  const live = livePlan(plan, options.prefix)
  const print: PrintOptions = { mode: AS_SERVED, sources: options.sources }
  const { output, form } = live
  const stamps = form === 'records' ? ['_arrival', ...LATE_STAMPS].map((name) => stampText(name, output)) : []
  const columns = [...stamps, ...output.checked.fields.map(plainColumn), aliased(eventTime(output), '_event_time')]
  const views = live.steps.flatMap((step) => viewsOf(step, print))
  const lateViews = options.late === undefined ? [] : lateSteps(live).map((step) => ({ name: step.name, sql: lateStepText(step, print) }))
  return {
    form,
    views: [...views, ...lateViews],
    sql: selectText(columns, [`FROM ${identifier(output.name)}`]),
    lateSql: options.late === undefined ? undefined : printLateRows(live.late, options.late),
  }
}

/** What rows without a stamp have in a union with records. */
const NO_STAMP: Readonly<Record<string, string>> = {
  _arrival: '-1',
  _split: "''",
  _offset: '0',
  _ingested_at: timeAt('0'),
  _schema_version: '1',
  _producer: "''",
  _watermark: timeAt(String(WATERMARK_FLOOR)),
}

function stampText(name: string, { stamps }: Step): string {
  return stamps === 'some' ? aliased(`COALESCE(${identifier(name)}, ${NO_STAMP[name]})`, name) : identifier(name)
}

/** Rows of an aggregate over everything are of the epoch, as they are for the stream engine. */
function eventTime({ timed }: Step): string {
  return timeAt(timed ? `COALESCE(${TIME}, 0)` : '0')
}

/** Steps whose rows judged steps read. */
function lateSteps({ late }: LivePlan): readonly Step[] {
  return late.filter((step) => late.some(({ inputs }) => inputs.some(({ name }) => name === step.name)))
}

function lateStepText(step: Step, print: PrintOptions): string {
  const { node } = step.checked
  return node.kind === 'scan' ? scanRows(node, step, print, LATE_STAMPS.map(identifier)) : printStep(step, print)
}

function viewsOf(step: Step, print: PrintOptions): readonly NamedQuery[] {
  const { node } = step.checked
  const { name } = step
  if (node.kind === 'scan') return [{ name, sql: scanRows(node, step, print, (step.kept ?? []).map(keptOf(step))) }]
  if (node.kind === 'window-aggregate' && node.window.kind !== 'all') return windowViews(node, step, print)
  if (node.kind === 'top-n' && !step.checked.upsert) return topNViews(node, step)
  if (node.kind === 'over-aggregate') return overViews(node, step, print)
  if (node.kind === 'dedupe') return dedupeViews(node, step, print)
  if (node.kind === 'join' && node.type === 'as-of') return asOfViews(node, step, print)
  if (node.kind === 'join' && node.type === 'interval' && isBounded(node)) return [{ name, sql: printLiveJoin(node, step, print) }]
  return [{ name, sql: printStep(step, print) }]
}

function keptOf({ checked }: Step): (name: string) => string {
  return (name) => (name === ROWTIME ? aliased(identifier(checked.eventTime ?? ''), ROWTIME) : identifier(name))
}

function printLiveJoin(node: IntervalJoinNode, step: Step, options: PrintOptions): string {
  const [l, r] = [`${LEFT}.${identifier(ROWTIME)}`, `${RIGHT}.${identifier(ROWTIME)}`]
  const side = rowtimeSide(node)
  return printPairs(node, step, {
    options,
    within: [`${r} >= ${l} + ${interval(node.lower_ms)}`, `${r} <= ${l} + ${interval(node.upper_ms)}`],
    added: side === undefined ? [] : [aliased(side === 'left' ? l : r, ROWTIME)],
  })
}

import {
  type CheckedPlan,
  type FixedWindow,
  type IntervalJoinNode,
  type SessionWindow,
  WATERMARK_FLOOR,
  type WindowAggregateNode,
} from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from '../print/accepted-rows.ts'
import { argumentRows, groupRows } from '../print/group-printer.ts'
import { identifier } from '../print/identifier.ts'
import { printPairs } from '../print/interval-join-printer.ts'
import { LEFT, RIGHT } from '../print/joined-column.ts'
import { type PrintOptions, printStep } from '../print/plan-printer.ts'
import { atom, scopeOf } from '../print/printed.ts'
import { scanRows } from '../print/scan-printer.ts'
import { aliased, nested, plainColumn, selectText, whereText } from '../print/select-text.ts'
import { TIME, WATERMARK, windowBounds } from '../print/system-column.ts'
import { msOf, timeAt } from '../print/time-range.ts'
import { printLateRows } from './late-row-printer.ts'
import { isBounded, isInterval, LATE_STAMPS, type LiveForm, type LivePlan, livePlan, ROWTIME, rowtimeSide } from './live-step.ts'

export interface LiveOptions {
  /** Stands before the names of views: several plans share a session. */
  readonly prefix: string
  readonly sources: PrintOptions['sources']
  /** Columns of the table of late rows, in their order; absent where none is kept. */
  readonly late?: readonly { readonly name: string; readonly type: string }[]
}

/** A view of a session. */
export interface NamedView {
  readonly name: string
  readonly sql: string
}

export interface PrintedLive {
  readonly form: LiveForm
  /** Views in the order in which they read each other. */
  readonly views: readonly NamedView[]
  /** The query of the output: the stamps of records, user columns, then `_event_time`. Rows come once each, or, as changes, are taken back too. */
  readonly sql: string
  /** The query of the late rows, with the columns that were asked for. */
  readonly lateSql: string | undefined
}

const AS_SERVED = 'as_served'
/** The watermark behind which a row came, of the type that `window_end` has. */
const CLOSED_UNTIL = '_closed_until'

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

function viewsOf(step: Step, print: PrintOptions): readonly NamedView[] {
  const { node } = step.checked
  const { name } = step
  if (node.kind === 'scan') return [{ name, sql: scanRows(node, step, print, (step.kept ?? []).map(keptOf(step))) }]
  if (node.kind === 'window-aggregate' && node.window.kind !== 'all') return windowViews(node, step, print)
  if (node.kind === 'join' && node.type === 'interval' && isBounded(node)) return [{ name, sql: printLiveJoin(node, step, print) }]
  return [{ name, sql: printStep(step, print) }]
}

function keptOf({ checked }: Step): (name: string) => string {
  return (name) => (name === ROWTIME ? aliased(identifier(checked.eventTime ?? ''), ROWTIME) : identifier(name))
}

/** Two views: the rows with what aggregates compute of each, which Flink's windows need under a name, and the windows. */
function windowViews(node: WindowAggregateNode, step: Step, print: PrintOptions): readonly NamedView[] {
  const [input] = step.inputs
  const isSession = node.window.kind === 'session'
  const isJudged = !isSession && input.stamps !== 'none'
  const rows = {
    name: `${step.name} rows`,
    sql: selectText(
      ['*', ...(isJudged ? [aliased(`CAST(TO_TIMESTAMP_LTZ(${WATERMARK}, 3) AS TIMESTAMP(3))`, CLOSED_UNTIL)] : [])],
      [`FROM ${nested(argumentRows(node, input))}`, ...(isSession ? onTime(input, print) : [])],
    ),
  }
  const windowed = selectText(['*'], [`FROM TABLE(${windowFunction(node, rows.name)})`, ...(isJudged ? whereText([accepted(input)]) : [])])
  const by = ['window_start', 'window_end', 'window_time', ...node.keys]
  const groups = groupRows({ rows: windowed, by, node, input })
  const time = (name: string, as: string): string => aliased(`CAST(${identifier(name)} AS TIMESTAMP_LTZ(3))`, as)
  const columns = [
    aliased(msOf(scopeOf([]), atom(identifier('window_time'), 'timestamp')), '_time_ms'),
    aliased(identifier('window_time'), ROWTIME),
    ...windowBounds(step).map((name) => aliased(identifier(name.slice(1)), name)),
    time('window_start', 'window_start'),
    time('window_end', 'window_end'),
    ...[...node.keys, ...node.aggregates.map(({ name }) => name)].map(identifier),
  ]
  return [rows, { name: step.name, sql: selectText(columns, [`FROM ${nested(groups)}`]) }]
}

/** Leaves out the windows that rows are late for. A row is in many windows, so what its stamp says is made a time of Flink's before it is in them. */
function accepted({ stamps }: Step): string {
  const closed = identifier(CLOSED_UNTIL)
  return stamps === 'all' ? `\`window_end\` > ${closed}` : `(\`window_end\` <= ${closed}) IS NOT TRUE`
}

function windowFunction({ window, keys }: WindowAggregateNode, rows: string): string {
  const [table, time] = [`TABLE ${identifier(rows)}`, `DESCRIPTOR(${identifier(ROWTIME)})`]
  if (window.kind === 'session') {
    const by = keys.length === 0 ? '' : ` PARTITION BY ${keys.map(identifier).join(', ')}`
    return `SESSION(${table}${by}, ${time}, ${interval((window as SessionWindow).gap_ms)})`
  }
  const { size_ms, offset_ms = 0, ...rest } = window as FixedWindow
  const step = 'every_ms' in rest ? rest.every_ms : size_ms
  const shift = ((offset_ms % step) + step) % step
  const offset = shift === 0 ? '' : `, ${interval(shift)}`
  if (!('every_ms' in rest)) return `TUMBLE(${table}, ${time}, ${interval(size_ms)}${offset})`
  return `HOP(${table}, ${time}, ${interval(rest.every_ms)}, ${interval(size_ms)}${offset})`
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * A length of time as a literal.
 *
 * @throws user `engine/unsupported` beyond 999 days
 */
export function interval(ms: number): string {
  if (!isInterval(ms)) throw unsupported('a length of more than 999 days over a stream without end', `${Math.abs(ms) / DAY_MS} days`)
  const length = Math.abs(ms)
  const part = (of: number, unit: number, digits: number): string => String(Math.floor((length % of) / unit)).padStart(digits, '0')
  const time = `${part(DAY_MS, HOUR_MS, 2)}:${part(HOUR_MS, MINUTE_MS, 2)}:${part(MINUTE_MS, SECOND_MS, 2)}.${part(SECOND_MS, 1, 3)}`
  return `INTERVAL '${ms < 0 ? '-' : ''}${Math.floor(length / DAY_MS)} ${time}' DAY(3) TO SECOND(3)`
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

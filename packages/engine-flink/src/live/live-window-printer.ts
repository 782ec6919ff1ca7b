import type { FixedWindow, SessionWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from '../print/accepted-rows.ts'
import { argumentRows, groupRows, partialColumns, printedAggregates } from '../print/group-printer.ts'
import { identifier } from '../print/identifier.ts'
import { keyText } from '../print/key-text.ts'
import type { PrintOptions } from '../print/plan-printer.ts'
import { atom, fromRows, scopeOf } from '../print/printed.ts'
import { aliased, type NamedQuery, nested, selectText, whereText } from '../print/select-text.ts'
import { WATERMARK } from '../print/system-column.ts'
import { msOf } from '../print/time-range.ts'
import { interval } from './interval-literal.ts'
import { passViews } from './live-pass-printer.ts'
import { ROWTIME } from './live-step.ts'

/** The watermark behind which a row came, of the type that `window_end` has. */
const CLOSED_UNTIL = '_closed_until'
/** Several keys of a session as one text: Flink's SESSION finds no other column than the first that it is partitioned by. */
const SESSION_KEY = '_key'

/** The rows with what aggregates compute of each, which Flink's windows need under a name, and the windows. */
export function windowViews(node: WindowAggregateNode, step: Step, print: PrintOptions): readonly NamedQuery[] {
  const [input] = step.inputs
  const isSession = node.window.kind === 'session'
  const isJudged = !isSession && input.stamps !== 'none'
  const rows = {
    name: `${step.name} rows`,
    sql: selectText(
      [
        '*',
        ...(isJudged ? [aliased(`CAST(TO_TIMESTAMP_LTZ(${WATERMARK}, 3) AS TIMESTAMP(3))`, CLOSED_UNTIL)] : []),
        ...(isPacked(node) ? [aliased(keyText(node.keys, input.checked.fields), SESSION_KEY)] : []),
      ],
      [`FROM ${nested(argumentRows(node, input))}`, ...(isSession ? onTime(input, print) : [])],
    ),
  }
  const windowed = selectText(['*'], [`FROM TABLE(${windowFunction(node, rows.name)})`, ...(isJudged ? whereText([accepted(input)]) : [])])
  return [rows, ...groupViews(node, step, windowed)]
}

function isPacked({ window, keys }: WindowAggregateNode): boolean {
  return window.kind === 'session' && keys.length > 1
}

/** What windows are grouped by besides their bounds, and what is told of the keys of a group, which are the same in all of its rows. */
function groupedKeys(node: WindowAggregateNode): { readonly by: readonly string[]; readonly added: readonly string[] } {
  if (!isPacked(node)) return { by: node.keys, added: [] }
  return { by: [SESSION_KEY], added: node.keys.map((name) => aliased(`MAX(${identifier(name)})`, name)) }
}

/** Views of the windows: one, and those of the passes that aggregates take over values of a window. */
function groupViews(node: WindowAggregateNode, step: Step, windowed: string): readonly NamedQuery[] {
  const [input] = step.inputs
  const { printed } = printedAggregates(node, input)
  const windows = ['window_start', 'window_end', 'window_time'].map(identifier)
  const { by, added } = groupedKeys(node)
  if (printed.every(({ passes = [] }) => passes.length === 0)) {
    const groups = groupRows({ rows: windowed, by: ['window_start', 'window_end', 'window_time', ...by], node, input, added })
    const [start, end, time] = windows
    return [{ name: step.name, sql: selectText(windowColumns(node, { start, end, time }), [`FROM ${nested(groups)}`]) }]
  }
  const keys = node.keys.map(identifier)
  const names = ['_start', '_end', ROWTIME]
  const groups = {
    name: `${step.name} groups`,
    sql: selectText(
      [...windows.map((column, i) => aliased(column, names[i])), ...(added.length > 0 ? added : keys), ...partialColumns(printed)],
      [`FROM ${nested(windowed)}`, `GROUP BY ${[...windows, ...by.map(identifier)].join(', ')}`],
    ),
  }
  const [start, end, time] = names.map(identifier)
  const { views, last, partials } = passViews(printed, { from: groups.name, prefix: step.name, columns: [start, end, ...keys] })
  const after = scopeOf([])
  const results = node.aggregates.map(({ name }, i) => aliased(printed[i].result(partials[i], after), name))
  const columns = [...[start, end, time, ...keys], ...results]
  const found = selectText(columns, [fromRows(after, identifier(last))])
  return [groups, ...views, { name: step.name, sql: selectText(windowColumns(node, { start, end, time }), [`FROM ${nested(found)}`]) }]
}

interface OwnWindow {
  readonly start: string
  readonly end: string
  readonly time: string
}

function windowColumns({ keys, aggregates }: WindowAggregateNode, { start, end, time }: OwnWindow): readonly string[] {
  const asTime = (sql: string, as: string): string => aliased(`CAST(${sql} AS TIMESTAMP_LTZ(3))`, as)
  return [
    aliased(msOf(scopeOf([]), atom(time, 'timestamp')), '_time_ms'),
    aliased(time, ROWTIME),
    asTime(start, 'window_start'),
    asTime(end, 'window_end'),
    ...[...keys, ...aggregates.map(({ name }) => name)].map(identifier),
  ]
}

/** Leaves out the windows that rows are late for. A row is in many windows, so what its stamp says is made a time of Flink's before it is in them. */
function accepted({ stamps }: Step): string {
  const closed = identifier(CLOSED_UNTIL)
  return stamps === 'all' ? `\`window_end\` > ${closed}` : `(\`window_end\` <= ${closed}) IS NOT TRUE`
}

function windowFunction({ window, keys }: WindowAggregateNode, rows: string): string {
  const [table, time] = [`TABLE ${identifier(rows)}`, `DESCRIPTOR(${identifier(ROWTIME)})`]
  if (window.kind === 'session') {
    const by = keys.length === 0 ? '' : ` PARTITION BY ${identifier(keys.length > 1 ? SESSION_KEY : keys[0])}`
    return `SESSION(${table}${by}, ${time}, ${interval((window as SessionWindow).gap_ms)})`
  }
  const { size_ms, offset_ms = 0, ...rest } = window as FixedWindow
  const step = 'every_ms' in rest ? rest.every_ms : size_ms
  const shift = ((offset_ms % step) + step) % step
  const offset = shift === 0 ? '' : `, ${interval(shift)}`
  if (!('every_ms' in rest)) return `TUMBLE(${table}, ${time}, ${interval(size_ms)}${offset})`
  return `HOP(${table}, ${time}, ${interval(rest.every_ms)}, ${interval(size_ms)}${offset})`
}

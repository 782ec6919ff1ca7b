import type { HoppingWindow, TumblingWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { printAggregate } from './aggregate-printer.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, indent, selectText } from './select-text.ts'

type FixedWindow = TumblingWindow | HoppingWindow

/** Rows per window and key. A row that is late for a window does not count in it (`as_served`); once in a window, no row is late again. */
export function printWindowAggregate(node: WindowAggregateNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const aggregates = node.aggregates.map((aggregate) => aliased(printAggregate(aggregate, input.checked.fields), aggregate.name))
  const keys = node.keys.map(identifier)
  if (node.window.kind === 'all')
    return selectText(atLeastOne([...keys, ...aggregates]), [`FROM ${identifier(input.name)}`, overEverything(keys)])
  const { size_ms: size } = node.window
  const judged = input.stamped && options.mode === 'as_served'
  const columns = [
    aliased(timeAt(0), 'window_start'),
    aliased(timeAt(size), 'window_end'),
    aliased(timeAt(size - 1), '_event_time'),
    ...keys,
    ...aggregates,
  ]
  return selectText(columns, [
    `FROM (\n${indent(membershipText(node.window, input))}\n)`,
    ...(judged ? [`WHERE ${windowEnd(size)} > epoch_ms("_watermark")`] : []),
    `GROUP BY ${['"_start"', ...keys].join(', ')}`,
  ])
}

/** A statement always has a column, also where a node has none. */
function atLeastOne(columns: readonly string[]): readonly string[] {
  return columns.length === 0 ? ['1 AS "_row"'] : columns
}

/** Without keys DuckDB would give a row over nothing. */
function overEverything(keys: readonly string[]): string {
  return keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`
}

/** Number of windows that hold a row. */
export function windowsPerRow(window: FixedWindow): number {
  return window.kind === 'hopping' ? window.size_ms / window.every_ms : 1
}

export function windowEnd(size: number): string {
  return `"_start" + ${size}`
}

function timeAt(afterStart: number): string {
  return `make_timestamptz(${afterStart === 0 ? '"_start"' : `(${windowEnd(afterStart)})`} * 1000)`
}

/** The input's rows once per window they fall into; `_start` is the window's start in epoch ms. The modulo floors, also before 1970. */
export function membershipText(window: FixedWindow, input: Step): string {
  const step = window.kind === 'hopping' ? window.every_ms : window.size_ms
  const offset = window.offset_ms ?? 0
  const time = 'epoch_ms("_event_time")'
  const sinceGrid = offset === 0 ? time : `(${time} - (${offset}))`
  const latest = `${time} - (${sinceGrid} % ${step} + ${step}) % ${step}`
  const count = windowsPerRow(window)
  const start = count === 1 ? latest : `${latest} - "_hop" * ${step}`
  const hops = count === 1 ? '' : `\nCROSS JOIN range(${count}) AS hops("_hop")`
  return `SELECT *, ${aliased(start, '_start')}\nFROM ${identifier(input.name)}${hops}`
}

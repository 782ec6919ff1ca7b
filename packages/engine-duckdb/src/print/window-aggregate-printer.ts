import type { FixedWindow, Step, WindowAggregateNode } from '@millrace/core'
import { judgesRows } from './accepted-rows.ts'
import { isStaged, printAggregate } from './aggregate-printer.ts'
import { printCalendar } from './calendar-printer.ts'
import { lateForWindow, membershipText, windowColumns, windowEnd, windowsPerRow } from './fixed-window.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, atLeastOne, indent, selectText } from './select-text.ts'
import { printSessions } from './session-printer.ts'
import { printOverTiles } from './tile-printer.ts'

/** Rows per window and key. A row that is late for a window does not count in it (`as_served`); once in a window, no row is late again. */
export function printWindowAggregate(node: WindowAggregateNode, step: Step, options: PrintOptions): string {
  const { window } = node
  switch (window.kind) {
    case 'all':
      return printEverything(node, step)
    case 'session':
      return printSessions({ ...node, window }, step, options)
    case 'calendar':
      return printCalendar({ ...node, window }, step, options)
    default:
      return printFixed({ ...node, window }, step, options)
  }
}

/** Where a row counts in several windows, rows are first brought together by tile, the step that they lie in, and only tiles are repeated, if all aggregates can. */
function printFixed(node: WindowAggregateNode & { readonly window: FixedWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { window } = node
  const byTile = window.kind === 'hopping' && windowsPerRow(window) > 1 && node.aggregates.every(isStaged)
  if (byTile) return printOverTiles({ ...node, window }, input, options)
  const keys = node.keys.map(identifier)
  return selectText(
    [...windowColumns(window.size_ms), ...keys, ...printAggregates(node, input)],
    [
      `FROM (\n${indent(membershipText(window, input))}\n)`,
      ...(judgesRows(input, options) ? [`WHERE ${onTimeForWindow(window.size_ms, input)}`] : []),
      `GROUP BY ${['"_start"', ...keys].join(', ')}`,
    ],
  )
}

function onTimeForWindow(size: number, { stamps }: Step): string {
  return stamps === 'all' ? `${windowEnd(size)} > epoch_ms("_watermark")` : `(${lateForWindow(size)}) IS NOT TRUE`
}

/** Without keys DuckDB would give a row over nothing. */
function printEverything(node: WindowAggregateNode, step: Step): string {
  const [input] = step.inputs
  const keys = node.keys.map(identifier)
  return selectText(atLeastOne([...keys, ...printAggregates(node, input)]), [
    `FROM ${identifier(input.name)}`,
    keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`,
  ])
}

function printAggregates(node: WindowAggregateNode, input: Step): readonly string[] {
  return node.aggregates.map((one) => aliased(printAggregate(one, input), one.name))
}

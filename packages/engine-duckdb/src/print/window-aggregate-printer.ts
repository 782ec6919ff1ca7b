import type { AllWindow, FixedWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { printAggregate } from './aggregate-printer.ts'
import { judgesRows, membershipText, windowColumns, windowEnd, windowsPerRow } from './fixed-window.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, indent, selectText } from './select-text.ts'
import { printOverTiles } from './tile-printer.ts'

/**
 * Rows per window and key. A row that is late for a window does not count in it (`as_served`); once in a window, no row is late again.
 * Where a row counts in several windows, rows are first brought together by tile, the step that they lie in, and only tiles are repeated.
 */
export function printWindowAggregate(node: WindowAggregateNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { fields } = input.checked
  const keys = node.keys.map(identifier)
  const window = node.window as FixedWindow | AllWindow
  if (window.kind === 'hopping' && windowsPerRow(window) > 1) return printOverTiles({ ...node, window }, input, options)
  const aggregates = node.aggregates.map((aggregate) => aliased(printAggregate(aggregate, fields), aggregate.name))
  if (window.kind === 'all')
    return selectText(atLeastOne([...keys, ...aggregates]), [`FROM ${identifier(input.name)}`, overEverything(keys)])
  return selectText(
    [...windowColumns(window.size_ms), ...keys, ...aggregates],
    [
      `FROM (\n${indent(membershipText(window, input))}\n)`,
      ...(judgesRows(input, options) ? [`WHERE ${windowEnd(window.size_ms)} > epoch_ms("_watermark")`] : []),
      `GROUP BY ${['"_start"', ...keys].join(', ')}`,
    ],
  )
}

/** A statement always has a column, also where a node has none. */
function atLeastOne(columns: readonly string[]): readonly string[] {
  return columns.length === 0 ? ['1 AS "_row"'] : columns
}

/** Without keys DuckDB would give a row over nothing. */
function overEverything(keys: readonly string[]): string {
  return keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`
}

import type { CalendarWindow, FixedWindow, JoinNode, Step, WindowAggregateNode } from '@millrace/core'
import { LATE } from './accepted-rows.ts'
import { LATE_FOR_CALENDAR, localWindows } from './calendar-printer.ts'
import { lateForWindow, membershipText, windowsPerRow } from './fixed-window.ts'
import { identifier, textConstant } from './identifier.ts'
import { aliased, indent, selectText } from './select-text.ts'

/** The rows that a step refuses, as `LateEntry` columns. */
export function printLate(step: Step): string {
  const { node } = step.checked
  const [input] = step.inputs
  if (node.kind === 'join') return printLateForJoin(node, step)
  if (node.kind !== 'window-aggregate' || node.window.kind === 'session') {
    return selectText(entryColumns(node.id, input), [`FROM ${identifier(input.name)}`, `WHERE ${LATE}`])
  }
  const { window } = node
  if (window.kind === 'calendar') return printLateForCalendar(node, window, input)
  return printLateForWindow(node, window as FixedWindow, input)
}

/** A row that is refused whole. */
function entryColumns(node: string, input: Step): readonly string[] {
  return [
    aliased(sourceText(input), 'source'),
    aliased('"_arrival"', 'arrival'),
    aliased("'all'", 'late'),
    aliased('1', 'windows_missed'),
    aliased(textConstant(node), 'node'),
  ]
}

/** The source that a stamped row of an input is from. */
function sourceText({ checked }: Step): string {
  return checked.source === undefined ? identifier('_source') : textConstant(checked.source.name)
}

function printLateForCalendar({ id }: WindowAggregateNode, window: CalendarWindow, input: Step): string {
  return selectText(entryColumns(id, input), [`FROM (\n${indent(localWindows(window, input, true))}\n)`, `WHERE ${LATE_FOR_CALENDAR}`])
}

/** A row counts per window, so its windows are told from those of the same record that came another way. */
function printLateForWindow({ id }: WindowAggregateNode, window: FixedWindow, input: Step): string {
  const count = windowsPerRow(window)
  const apart = [
    '"_arrival"',
    ...(input.checked.tie.positions > 1 ? ['"_position"'] : []),
    ...(input.checked.source === undefined ? ['"_source"'] : []),
  ]
  return selectText(
    [
      aliased(sourceText(input), 'source'),
      aliased('"_arrival"', 'arrival'),
      aliased(`CASE WHEN count(*) = ${count} THEN 'all' ELSE 'some' END`, 'late'),
      aliased('count(*)', 'windows_missed'),
      aliased(textConstant(id), 'node'),
    ],
    [`FROM (\n${indent(membershipText(window, input))}\n)`, `WHERE ${lateForWindow(window.size_ms)}`, `GROUP BY ${apart.join(', ')}`],
  )
}

/** A row refused on both sides, because a source is joined with itself, is reported once. */
function printLateForJoin({ id }: JoinNode, step: Step): string {
  const sides = step.inputs
    .filter((input) => input.stamps !== 'none')
    .map((input) =>
      selectText(
        [aliased(sourceText(input), 'source'), aliased('"_arrival"', 'arrival')],
        [`FROM ${identifier(input.name)}`, `WHERE ${LATE}`],
      ),
    )
  const refused = sides.length === 1 ? sides[0].replace('SELECT', 'SELECT DISTINCT') : sides.join('\nUNION\n')
  const columns = ['"source"', '"arrival"', aliased("'all'", 'late'), aliased('1', 'windows_missed'), aliased(textConstant(id), 'node')]
  return selectText(columns, [`FROM (\n${indent(refused)}\n)`])
}

import type { CalendarWindow, FixedWindow, JoinNode, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { LATE } from './accepted-rows.ts'
import { LATE_FOR_CALENDAR, localWindows } from './calendar-printer.ts'
import { windowsMissed } from './fixed-window.ts'
import { identifier, textConstant } from './identifier.ts'
import { aliased, nested, selectText } from './select-text.ts'

/** The rows that a step refuses, as `LateEntry` columns. */
export function printLate(step: Step): string {
  const { node } = step.checked
  const [input] = step.inputs
  if (node.kind === 'join') return printLateForJoin(node, step)
  if (node.kind !== 'window-aggregate' || node.window.kind === 'session')
    return selectText(entryColumns(node.id, input), [`FROM ${identifier(input.name)}`, `WHERE ${LATE}`])
  const { window } = node
  if (window.kind === 'calendar') return printLateForCalendar(node, window, input)
  return printLateForWindow(node, window as FixedWindow, input)
}

/** A row that is refused whole. */
function entryColumns(node: string, input: Step): readonly string[] {
  return columns({ source: sourceText(input), arrival: '`_arrival`', late: "'all'", missed: '1', node })
}

interface Entry {
  readonly source: string
  readonly arrival: string
  readonly late: string
  readonly missed: string
  readonly node: string
}

function columns({ source, arrival, late, missed, node }: Entry): readonly string[] {
  return [
    aliased(source, 'source'),
    aliased(arrival, 'arrival'),
    aliased(late, 'late'),
    aliased(`CAST(${missed} AS BIGINT)`, 'windows_missed'),
    aliased(textConstant(node), 'node'),
  ]
}

/** The source that a stamped row of an input is from. */
function sourceText({ checked }: Step): string {
  return checked.source === undefined ? identifier('_source') : textConstant(checked.source.name)
}

function printLateForCalendar({ id }: WindowAggregateNode, window: CalendarWindow, input: Step): string {
  return selectText(entryColumns(id, input), [
    `FROM ${nested(localWindows(window, { input, judged: true }))}`,
    `WHERE ${LATE_FOR_CALENDAR}`,
  ])
}

function printLateForWindow({ id }: WindowAggregateNode, window: FixedWindow, input: Step): string {
  const { missed, all } = windowsMissed(window)
  const counted = selectText(['*', aliased(missed, '_missed')], [`FROM ${identifier(input.name)}`])
  return selectText(
    columns({
      source: sourceText(input),
      arrival: '`_arrival`',
      late: `CASE WHEN \`_missed\` = ${all} THEN 'all' ELSE 'some' END`,
      missed: '`_missed`',
      node: id,
    }),
    [`FROM ${nested(counted)}`, 'WHERE `_missed` > 0'],
  )
}

/** A row refused on both sides, because a source is joined with itself, is reported once. */
function printLateForJoin({ id }: JoinNode, step: Step): string {
  const sides = step.inputs
    .filter((input) => input.stamps !== 'none')
    .map((input) =>
      selectText(
        [aliased(`CAST(${sourceText(input)} AS STRING)`, 'source'), aliased('`_arrival`', 'arrival')],
        [`FROM ${identifier(input.name)}`, `WHERE ${LATE}`],
      ),
    )
  const refused = sides.length === 1 ? sides[0].replace('SELECT', 'SELECT DISTINCT') : sides.join('\nUNION\n')
  return selectText(columns({ source: '`source`', arrival: '`arrival`', late: "'all'", missed: '1', node: id }), [
    `FROM ${nested(refused)}`,
  ])
}

import type { FixedWindow, WindowAggregateNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { judgesRows } from './accepted-rows.ts'
import { printCalendar } from './calendar-printer.ts'
import { latestStart, windowsPerRow } from './fixed-window.ts'
import { argumentRows, groupRows } from './group-printer.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, atLeastOne, nested, selectText, whereText } from './select-text.ts'
import { printSessions } from './session-printer.ts'
import { seenKeys, WATERMARK } from './system-column.ts'
import { boundAt } from './time-range.ts'

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

function printFixed(node: WindowAggregateNode & { readonly window: FixedWindow }, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const { window } = node
  const size = window.size_ms
  const late = `\`_start\` + ${size} <= ${WATERMARK}`
  const counted = input.stamps === 'all' ? `\`_start\` + ${size} > ${WATERMARK}` : `(${late}) IS NOT TRUE`
  const rows = selectText(
    ['*'],
    [`FROM ${nested(memberships(window, argumentRows(node, input)))}`, ...whereText(judgesRows(input, options) ? [counted] : [])],
  )
  const groups = groupRows({ rows, by: ['_start', ...node.keys], node, input })
  return selectText(
    [
      aliased(boundAt('`_start`'), 'window_start'),
      aliased(boundAt(`\`_start\` + ${size}`), 'window_end'),
      aliased(`\`_start\` + ${size - 1}`, '_time_ms'),
      ...[...node.keys, ...node.aggregates.map((one) => one.name)].map(identifier),
    ],
    [`FROM ${nested(groups)}`],
  )
}

/** Rows once per window they fall into; `_start` is the window's start in epoch ms. */
function memberships(window: FixedWindow, rows: string): string {
  const count = windowsPerRow(window)
  const latest = latestStart(window)
  if (window.kind === 'tumbling' || count === 1) return selectText(['*', aliased(latest, '_start')], [`FROM ${nested(rows)}`])
  const hops = Array.from({ length: count }, (_, i) => i * window.every_ms).map((back) => `CAST(${back} AS BIGINT)`)
  return selectText(
    ['*', aliased(`${latest} - \`_back\``, '_start')],
    [`FROM ${nested(rows)}`, `CROSS JOIN UNNEST(ARRAY[${hops.join(', ')}]) AS \`h\` (\`_back\`)`],
  )
}

/** Without keys Flink may give a row over nothing. */
function printEverything(node: WindowAggregateNode, step: Step): string {
  const [input] = step.inputs
  const by = [...seenKeys(step), ...node.keys]
  const groups = groupRows({ rows: argumentRows(node, input), by, node, input, added: ['COUNT(*) AS `_rows`'] })
  return selectText(atLeastOne([...by, ...node.aggregates.map((one) => one.name)].map(identifier)), [
    `FROM ${nested(groups)}`,
    'WHERE `_rows` > 0',
  ])
}

import { relative } from 'node:path'
import type { RunDocument } from '../run/run-document.ts'
import { colour } from './colour.ts'
import { cellText, textTable } from './table.ts'

const TOP_SHOWN = 10
const ALERTS_SHOWN = 10
const REASONS_SHOWN = 3

/** What `run` prints for people. */
export function runSummary(document: RunDocument, options: { readonly project: string; readonly stream: string }): string {
  const { input, assets, top, alerts } = document
  const number = (value: unknown): string => Number(value).toLocaleString('en-US')
  const parts = [
    `${colour.bold(String(input.name))}: ${number(input.lines)} lines (${number(input.new_lines)} new), ${number(input.decoded)} decoded, ${number(input.blank)} blank, ${number(input.dead_letters)} dead letters`,
    input.first_event === null ? '' : `events from ${input.first_event} to ${input.last_event}`,
    reasonsLine(input.reasons as Readonly<Record<string, number>>),
    '',
    ...Object.entries(assets).map(
      ([name, figures]) =>
        `${colour.bold(name)}: ${number(figures.rows)} rows of ${number(figures.keys)} keys from ${number(figures.rows_counted)} records, ${number(figures.late)} late`,
    ),
    ...(top.length === 0
      ? []
      : [
          '',
          textTable(
            Object.keys(top[0]),
            top.slice(0, TOP_SHOWN).map((row) => Object.values(row)),
          ),
        ]),
    '',
    ...alertLines(alerts),
    '',
    `${document.seconds} s. Next: millrace sql${options.project === '.' ? '' : ` --project ${relative(process.cwd(), options.project) || '.'}`} "select * from ${Object.keys(assets)[0] ?? options.stream} limit 5"`,
  ]
  return parts.filter((part, i) => part !== '' || parts[i - 1] !== '').join('\n')
}

function reasonsLine(reasons: Readonly<Record<string, number>>): string {
  const entries = Object.entries(reasons).sort((a, b) => b[1] - a[1])
  return entries.length === 0
    ? ''
    : `dead letters: ${entries.map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`).join(', ')}`
}

function alertLines(alerts: RunDocument['alerts']): readonly string[] {
  if (alerts.length === 0) return ['No alerts.']
  const rows = alerts
    .slice(0, ALERTS_SHOWN)
    .map((alert) => [alert.asset, Object.values(alert.key).join(' '), alert.window_end, alert.score, whyText(alert)])
  const more = alerts.length > ALERTS_SHOWN ? [`… and ${alerts.length - ALERTS_SHOWN} more (--json prints all)`] : []
  return [
    colour.red(`${alerts.length} alert${alerts.length === 1 ? '' : 's'}; runbook ${alerts[0].runbook}`),
    textTable(['alert', 'key', 'window_end', 'score', 'why'], rows),
    ...more,
  ]
}

/** What moved the score most, with its value; of an alert by a rule, the first of its evidence. */
function whyText({ evidence, contributions }: RunDocument['alerts'][number]): string {
  const most = (contributions ?? []).filter(({ value }) => value > 0).map(({ feature }) => feature)
  const names = most.length > 0 ? most : Object.keys(evidence)
  return names
    .slice(0, REASONS_SHOWN)
    .map((name) => `${name} ${cellText(evidence[name])}`)
    .join(', ')
}

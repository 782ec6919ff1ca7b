import { durationMs, type PlanSource, type ScanNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { atom, type Printed, scopeOf } from './printed.ts'
import { aliased, nested, plainColumn, selectText } from './select-text.ts'
import { msOf } from './time-range.ts'

/** The source's rows, without its heartbeats, with the stamps that later nodes may need. */
export function printScan(node: ScanNode, step: Step, options: PrintOptions): string {
  const rows = scanRows(node, step, options)
  return step.seenBy === undefined ? rows : seenRows(rows, step.seenBy)
}

/**
 * The rows of a source, with further columns before its own. Where its event time is among these, the own column is a plain value: of two times
 * that watermarks are about, a join by an equal one is no join by interval.
 */
export function scanRows(node: ScanNode, step: Step, options: PrintOptions, added: readonly string[] = []): string {
  const { eventTime, fields, source } = step.checked
  const scope = scopeOf([])
  const time = (name: string): Printed => atom(identifier(name), 'timestamp')
  const columns = [
    identifier('_arrival'),
    aliased(`${msOf(scope, time('_watermark'))}${graceText(source as PlanSource)}`, '_watermark_ms'),
    aliased(msOf(scope, time(eventTime ?? '')), '_time_ms'),
    ...added,
    ...fields.map((field) => (field.name === eventTime && added.length > 0 ? plainColumn(field) : identifier(field.name))),
  ]
  return selectText(columns, [`FROM ${options.sources(node.source)}`, "WHERE `_kind` = 'row'"])
}

/** Rows once for each arrival of a row that sees them: those that arrived before it. */
function seenRows(rows: string, by: Step): string {
  const arrivals = `SELECT DISTINCT \`_arrival\` AS \`_at\` FROM ${identifier(by.name)}`
  return selectText(['`a`.`_at`', '`s`.*'], [`FROM ${nested(arrivals, 'a')}`, `JOIN ${nested(rows, 's')}`, 'ON `s`.`_arrival` < `a`.`_at`'])
}

/** A source whose results are corrected lets rows be so much later. */
function graceText({ name, late }: PlanSource): string {
  return typeof late === 'object' ? ` - ${durationMs(late.revise, `late policy \`revise\` of source \`${name}\``)}` : ''
}

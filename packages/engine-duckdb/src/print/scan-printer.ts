import { durationMs, type PlanSource, type ScanNode, type Step } from '@millrace/core'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, selectText } from './select-text.ts'

/** The source's rows with the stamps that later nodes may need; DuckDB reads only the columns that are used in the end. */
export function printScan(node: ScanNode, step: Step, options: PrintOptions): string {
  const { eventTime, fields, source } = step.checked
  const columns = [
    identifier('_arrival'),
    aliased(watermark(source as PlanSource), '_watermark'),
    aliased(identifier(eventTime ?? ''), '_event_time'),
    ...fields.map((field) => identifier(field.name)),
  ]
  return selectText(columns, [`FROM ${options.sources(node.source)}`])
}

/** A source whose results are corrected lets rows be so much later. */
function watermark({ name, late }: PlanSource): string {
  if (typeof late !== 'object') return identifier('_watermark')
  const graceMs = durationMs(late.revise, `late policy \`revise\` of source \`${name}\``)
  return `make_timestamptz(epoch_us("_watermark") - ${graceMs}000)`
}

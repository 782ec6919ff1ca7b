import type { ScanNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, selectText } from './select-text.ts'

/** The source's rows with the stamps that later nodes may need; DuckDB reads only the columns that are used in the end. */
export function printScan(node: ScanNode, step: Step, options: PrintOptions): string {
  const { eventTime, fields } = step.checked
  const stamps = ['_arrival', '_watermark'].map(identifier)
  const columns = [...stamps, aliased(identifier(eventTime ?? ''), '_event_time'), ...fields.map((field) => identifier(field.name))]
  return selectText(columns, [`FROM ${options.sources(node.source)}`])
}

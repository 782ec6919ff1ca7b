import { tieColumns } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import { atLeastOne } from './select-text.ts'

/** Event time and watermark are carried as epoch ms beside the user's columns: whole numbers are exact in every operation. */
export const TIME = identifier('_time_ms')
export const WATERMARK = identifier('_watermark_ms')

/**
 * Names of the columns, beside the user's, that a step's rows carry: who sees them, what orders rows of equal time, the source where rows
 * are of several, the stamp, the event time.
 */
export function systemColumns({ checked, stamps, timed, seenBy, kept = [] }: Step): readonly string[] {
  return [
    ...(seenBy === undefined ? [] : ['_at']),
    ...tieColumns(checked.tie),
    ...(stamps !== 'none' && checked.source === undefined ? ['_source'] : []),
    ...(stamps === 'none' ? [] : ['_watermark_ms']),
    ...(timed ? ['_time_ms'] : []),
    ...kept,
  ]
}

/** The columns of a step that come from one table, all under their own names. */
export function ownColumns(step: Step, fields: Step['checked']['fields'] = step.checked.fields): readonly string[] {
  return atLeastOne([...systemColumns(step), ...fields.map((field) => field.name)].map(identifier))
}

/** Columns that rows are grouped by besides a node's keys. */
export function seenKeys({ seenBy }: Step): readonly string[] {
  return seenBy === undefined ? [] : ['_at']
}

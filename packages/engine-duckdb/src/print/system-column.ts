import { type Step, tieColumns } from '@millrace/core'
import { identifier } from './identifier.ts'
import { atLeastOne } from './select-text.ts'

/**
 * Names of the columns, beside the user's, that a step's rows carry: what orders rows of equal time, the source where rows are of
 * several, the stamp, the event time.
 */
export function systemColumns({ checked, stamps, timed }: Step): readonly string[] {
  return [
    ...tieColumns(checked.tie),
    ...(stamps !== 'none' && checked.source === undefined ? ['_source'] : []),
    ...(stamps === 'none' ? [] : ['_watermark']),
    ...(timed ? ['_event_time'] : []),
  ]
}

/** The columns of a step that come from one table, all under their own names. */
export function ownColumns(step: Step, fields: Step['checked']['fields'] = step.checked.fields): readonly string[] {
  return atLeastOne([...systemColumns(step), ...fields.map((field) => field.name)].map(identifier))
}

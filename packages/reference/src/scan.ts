import type { PlanSource, StampedRow } from '@millrace/core'
import { userError } from '@millrace/core'
import { datumOf } from './datum.ts'
import type { Row } from './row.ts'

/**
 * Scan: the records of the source, with their stamps; the event time is the source's event-time field. Whether late rows are kept
 * or dropped says where they go, not which they are; results that are corrected after the fact are refused.
 */
export function scan(source: PlanSource, records: readonly StampedRow[]): Row[] {
  if (typeof source.late === 'object') throw noRevision(source)
  return records
    .filter((record) => record.source === source.name)
    .map((record) => {
      const columns = new Map(source.fields.map((field, i) => [field.name, datumOf(record.values[i], field.type)]))
      return {
        columns,
        eventTime: columns.get(source.event_time) as number,
        stamp: { source: record.source, arrival: record.arrival, watermark: record.watermark },
      }
    })
}

function noRevision(source: PlanSource): Error {
  return userError('engine/unsupported', `The reference does not correct results, which the late policy of \`${source.name}\` asks for.`, {
    asked: source.late,
    found: ['keep', 'drop'],
    do: 'Use one of the late policies found.',
    details: { engine: 'reference', operation: 'late policy revise', engines_that_can: [] },
  })
}

import { durationMs, type PlanSource, type StampedRow } from '@millrace/core'
import { datumOf } from './datum.ts'
import type { Row } from './row.ts'

/**
 * Scan: the records of the source, with their stamps; the event time is the source's event-time field. Whether late rows are kept
 * or dropped says where they go, not which they are; `revise` lets rows be so much later.
 */
export function scan(source: PlanSource, records: readonly StampedRow[]): Row[] {
  const grace = typeof source.late === 'object' ? durationMs(source.late.revise, 'late policy') : 0
  return records
    .filter((record) => record.source === source.name)
    .map((record) => {
      const columns = new Map(source.fields.map((field, i) => [field.name, datumOf(record.values[i], field.type)]))
      return {
        columns,
        eventTime: columns.get(source.event_time) as number,
        stamp: { source: record.source, arrival: record.arrival, watermark: record.watermark - grace },
        tie: { arrival: record.arrival, position: 0 },
      }
    })
}

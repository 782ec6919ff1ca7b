import type { Field } from '@millrace/columnar'

/** The event time of a row, whatever columns are left of it. */
export const EVENT_TIME_FIELD: Field = { name: '_event_time', type: 'timestamp', nullable: false }
/** When a row was there: ingest time of the record whose stamp closed its window, epoch ms. */
export const AVAILABLE_AT_FIELD: Field = { name: '_available_at', type: 'timestamp', nullable: false }

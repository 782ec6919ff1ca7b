import type { Field } from '@millrace/columnar'

/** The event time of a row, whatever columns are left of it. */
export const EVENT_TIME_FIELD: Field = { name: '_event_time', type: 'timestamp', nullable: false }
/** When a row was there: ingest time of the record whose stamp closed its window, epoch ms. */
export const AVAILABLE_AT_FIELD: Field = { name: '_available_at', type: 'timestamp', nullable: false }
/** What a row that left a time operator still has of its record's stamp, to order rows of one event time; −1: it has none. */
export const ARRIVAL_FIELD: Field = { name: '_arrival', type: 'int64', nullable: false }
/** The place that unions gave a row. */
export const POSITION_FIELD: Field = { name: '_position', type: 'int64', nullable: false }
/** What a row of corrected results says: 0 `+I`, 1 `-U`, 2 `+U`, 3 `-D`. */
export const CHANGE_FIELD: Field = { name: '_op', type: 'int32', nullable: false }
/** What a row is judged by where its source corrects results: its stamp less the horizon. */
export const JUDGED_BY_FIELD: Field = { name: '_judged_by', type: 'timestamp', nullable: false }
/** The source whose stamp a row carries, where a union mixes several. */
export const SOURCE_FIELD: Field = { name: '_source', type: 'string', nullable: false }

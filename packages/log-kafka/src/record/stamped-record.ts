import { type Batch, rowKeys } from '@millrace/columnar'
import type { OutgoingRecord } from '../client/send-portion.ts'
import { jsonObjects } from './json-rows.ts'

/** What `_kind` says of a record of a stamped topic. */
export type RecordKind = 'row' | 'heartbeat'

/** A watermark on its way to a partition. */
export interface Heartbeat {
  /** The source's watermark, epoch ms. */
  readonly watermark: number
  /** Wall clock of the ingest, epoch ms. */
  readonly ingestedAt: number
}

/** How stamped rows and heartbeats are written as bytes. */
export interface StampedForm {
  /** Tells records of this form from others: a topic has records of one form alone. */
  readonly name: string
  /** One value for each row of a batch of `STAMP_FIELDS` and the stream's own columns. */
  rows(batch: Batch): Buffer[]
  heartbeat(beat: Heartbeat): Buffer
}

const ROW_HEAD = `{"_kind":"row"`

/**
 * Stamped records as flat JSON objects:
 * `{"_kind":"row","_arrival":0,"_split":"…","_offset":0,"_ingested_at":"…","_schema_version":1,"_producer":"…","_watermark":"…", …}` and
 * `{"_kind":"heartbeat","_ingested_at":"…","_watermark":"…"}`.
 */
export const JSON_FORM: StampedForm = {
  name: 'json',
  rows: (batch) => jsonObjects(batch, ROW_HEAD),
  heartbeat: ({ watermark, ingestedAt }) =>
    Buffer.from(`{"_kind":"heartbeat","_ingested_at":"${timeText(ingestedAt)}","_watermark":"${timeText(watermark)}"}`),
}

/** The rows of a batch as records; `partitionOf` says where each goes. */
export function rowRecords(
  batch: Batch,
  to: {
    readonly topic: string
    readonly key: readonly string[]
    readonly partitionOf: (row: number) => number
    readonly form: StampedForm
  },
): OutgoingRecord[] {
  const keyOf = rowKeys(batch, to.key)
  return to.form.rows(batch).map((value, row) => {
    const key = keyOf(row)
    return { topic: to.topic, partition: to.partitionOf(row), key: key === undefined ? undefined : bufferOf(key), value }
  })
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

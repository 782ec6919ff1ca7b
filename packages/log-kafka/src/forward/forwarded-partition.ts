import { type Batch, decodeBatch, takeRows } from '@millrace/columnar'
import { type EventLog, userError, WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import type { OutgoingRecord } from '../client/send-portion.ts'
import { rowRecords, type StampedForm } from '../record/stamped-record.ts'
import type { ForwardedTopic } from './forwarded-topic.ts'

/** How far a partition is on Kafka. */
export interface ForwardPosition {
  /** Offset of the embedded log to go on from. */
  readonly next: number
  /** The watermark that the last heartbeat carried, epoch ms. */
  readonly carried: number
}

/** What a partition has to send next. */
export interface ForwardPortion {
  readonly records: readonly OutgoingRecord[]
  readonly rows: number
  readonly position: ForwardPosition
}

export const AT_START: ForwardPosition = { next: 0, carried: WATERMARK_FLOOR }

const SECOND_MS = 1000

/**
 * The records of an embedded partition from a position on, of about `bytesMax` bytes of the log; undefined at the end.
 *
 * A batch of the log knows the source's watermark behind it, rows on Kafka only that before each; so a heartbeat follows wherever a whole second was passed.
 */
export function nextPortion(
  log: EventLog,
  at: {
    readonly from: ForwardedTopic
    readonly partition: number
    readonly position: ForwardPosition
    readonly bytesMax: number
    readonly form: StampedForm
  },
): ForwardPortion | undefined {
  const { from, partition, form } = at
  const entries = log.read({ topic: from.topic, partition, from: at.position.next, bytesMax: at.bytesMax })
  if (entries.length === 0) return undefined
  const records: OutgoingRecord[] = []
  let { next, carried } = at.position
  let rows = 0
  for (const { offset, span, bytes } of entries) {
    const { batch, watermarkAfter, ingestedAt } = decodeBatch(new Uint8Array(bytes))
    const wanted = batch.rows === 0 ? batch : rowsFrom(batch, next - offset)
    if (carried === WATERMARK_END && wanted.rows > 0) throw afterTheEnd(from)
    for (const record of rowRecords(wanted, { topic: from.to, key: from.key, form, partitionOf: () => partition })) records.push(record)
    rows += wanted.rows
    if (Math.floor(watermarkAfter / SECOND_MS) > Math.floor(carried / SECOND_MS)) {
      records.push({ topic: from.to, partition, value: form.heartbeat({ watermark: watermarkAfter, ingestedAt }) })
      carried = watermarkAfter
    }
    next = offset + span
  }
  return { records, rows, position: { next, carried } }
}

function rowsFrom(batch: Batch, first: number): Batch {
  if (first <= 0) return batch
  return takeRows(
    batch,
    Int32Array.from({ length: batch.rows - first }, (_, row) => first + row),
  )
}

function afterTheEnd({ topic, to }: ForwardedTopic): Error {
  return userError(
    'kafka/topic-ended',
    `The stream ${topic} has records behind its end, and the topic ${to} was ended: Flink would drop them in silence.`,
    {
      asked: topic,
      found: 'a heartbeat of the end of input, and records after it',
      do: 'Forward the stream to a topic of another name.',
    },
  )
}

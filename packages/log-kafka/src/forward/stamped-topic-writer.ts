import { type Batch, keyPartitions } from '@millrace/columnar'
import { bugError, WATERMARK_END } from '@millrace/core'
import type { KafkaConnection } from '../client/kafka-connection.ts'
import { withAdmin } from '../client/topic-admin.ts'
import { TopicProducer } from '../client/topic-producer.ts'
import { type Heartbeat, JSON_FORM, rowRecords, type StampedForm } from '../record/stamped-record.ts'
import { stampedTopicShape } from './stamped-topic.ts'

export interface StampedTopicWriterOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly partitions: number
  /** Columns whose text is the records' key; without them all rows go to partition 0. */
  readonly key: readonly string[]
  /** JSON when left out. */
  readonly form?: StampedForm
}

const SECOND_MS = 1000

/**
 * Writes stamped rows that are at hand to a topic of their own, with heartbeats into every partition: what tests and single runs of a plan need.
 * Rows of a log that goes on are forwarded by `Forwarder`.
 *
 * @example
 * const writer = new StampedTopicWriter({ connection: { brokers: ['127.0.0.1:9092'] }, topic: 'orders', partitions: 2, key: ['customer'] })
 * await writer.create()
 * await writer.rows(stamped, { watermark: watermarkAfter, ingestedAt })
 * await writer.end()
 * await writer.close()
 */
export class StampedTopicWriter {
  readonly #options: StampedTopicWriterOptions
  readonly #producer: TopicProducer
  #beat = Number.NEGATIVE_INFINITY
  #isEnded = false

  constructor(options: StampedTopicWriterOptions) {
    this.#options = options
    this.#producer = new TopicProducer(options)
  }

  /**
   * Creates the topic if it is missing.
   *
   * @throws user `kafka/partitions-differ`, `kafka/compacted`
   */
  async create(): Promise<void> {
    const { connection, topic, partitions } = this.#options
    await withAdmin(connection, (admin) => admin.ensure(stampedTopicShape(topic, partitions)))
  }

  /** Writes rows of `STAMP_FIELDS` and the stream's own columns; `after` is the source's watermark behind them. */
  async rows(batch: Batch, after: Heartbeat): Promise<void> {
    this.#checkOpen()
    const { topic, partitions, key, form = JSON_FORM } = this.#options
    const places = keyPartitions(batch, key, partitions)
    await this.#producer.send(rowRecords(batch, { topic, key, form, partitionOf: (row) => places[row] }))
    await this.heartbeat(after)
  }

  /** Carries the watermark into every partition once it has passed a whole second since the last time. */
  async heartbeat(beat: Heartbeat): Promise<void> {
    this.#checkOpen()
    const second = Math.floor(beat.watermark / SECOND_MS)
    if (second <= this.#beat) return
    const { topic, partitions, form = JSON_FORM } = this.#options
    const value = form.heartbeat(beat)
    await this.#producer.send(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, value })))
    this.#beat = second
  }

  /** The far heartbeat. Nothing may follow it: Flink drops silently what comes after the end of time. */
  async end(ingestedAt = Date.now()): Promise<void> {
    await this.heartbeat({ watermark: WATERMARK_END, ingestedAt })
    this.#isEnded = true
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }

  #checkOpen(): void {
    if (this.#isEnded)
      throw bugError('kafka/topic-ended', `The topic ${this.#options.topic} was ended; nothing may follow its last heartbeat.`)
  }
}

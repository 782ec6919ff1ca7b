import { type Batch, type Field, murmur2, partitionOf, rowKeys } from '@millrace/columnar'
import { operatingError, userError } from '@millrace/core'
import {
  jsonObjects,
  type KafkaConnection,
  type OutgoingRecord,
  PositionTopic,
  TransactionalProducer,
  withAdmin,
} from '@millrace/log-kafka'
import type { Sink, SinkPartition, SinkSpan } from '../sink.ts'

export interface KafkaSinkOptions {
  /** Name of the sink: its positions and its transactional id are kept under it. */
  readonly name: string
  readonly connection: KafkaConnection
  readonly topic: string
  /** Of a topic that is missing; 1 when left out. One that exists stays as it is. */
  readonly partitions?: number
  /** Columns whose text is the records' key, which decides their partition as Kafka's own client would; without them rows stay in the partition of their input. */
  readonly key: readonly string[]
  readonly fields: readonly Field[]
  readonly positionTopic?: string
}

/**
 * Writes rows as JSON objects to a topic. What a round takes is one transaction with the positions behind it, so readers of what is committed see each
 * row once, whenever either side is killed.
 *
 * @throws user `sink/unknown-key` and those of `TopicAdmin` and `kafkaError` from `open`; operating `kafka/fenced` where another process writes the sink
 */
export class KafkaSink implements Sink {
  readonly stableSpans = false
  readonly #options: KafkaSinkOptions
  readonly #positionTopic: PositionTopic
  #producer: TransactionalProducer | undefined
  #partitions = 1
  #durable = new Map<string, number>()
  readonly #pending = new Map<string, number>()

  constructor(options: KafkaSinkOptions) {
    this.#options = options
    this.#positionTopic = new PositionTopic(options.connection, options.positionTopic)
  }

  async open(): Promise<void> {
    const { connection, name } = this.#options
    await this.close()
    this.#checkKey()
    this.#partitions = await this.#topicPartitions()
    await this.#positionTopic.create()
    this.#producer = new TransactionalProducer({ connection, transactionalId: `millrace.sink:${name}` })
    await this.#producer.open()
    const known = await this.#positionTopic.read((key) => key.startsWith(positionKey(name)))
    this.#durable = new Map([...known].map(([key, position]) => [key, Number(position)]))
  }

  async write(batch: Batch, at: SinkSpan): Promise<void> {
    await this.#open.send(this.#records(batch, at.partition))
    this.#pending.set(positionKey(this.#options.name, at), at.next)
  }

  async settle(): Promise<void> {
    if (this.#pending.size === 0) return
    await this.#open.send([...this.#pending].map(([key, next]) => this.#positionTopic.record(key, next)))
    await this.#open.commit()
    for (const [key, next] of this.#pending) this.#durable.set(key, next)
    this.#pending.clear()
  }

  async position(partition: SinkPartition): Promise<number | undefined> {
    return this.#durable.get(positionKey(this.#options.name, partition)) ?? 0
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    this.#pending.clear()
    this.#durable.clear()
    await producer?.close()
  }

  get #open(): TransactionalProducer {
    if (this.#producer !== undefined) return this.#producer
    throw operatingError('sink/closed', `Sink \`${this.#options.name}\` is closed.`, { asked: 'write rows', found: 'closed' })
  }

  #records(batch: Batch, from: number): OutgoingRecord[] {
    const { topic, key: names } = this.#options
    const keyOf = rowKeys(batch, names)
    return jsonObjects(batch).map((value, row) => {
      const key = keyOf(row)
      if (key === undefined) return { topic, partition: from % this.#partitions, value }
      return {
        topic,
        partition: partitionOf(murmur2(key), this.#partitions),
        key: Buffer.from(key.buffer, key.byteOffset, key.length),
        value,
      }
    })
  }

  /** Rows of a sink may replace each other by key, so a compacted topic is as good as another. */
  async #topicPartitions(): Promise<number> {
    const { connection, topic, partitions = 1 } = this.#options
    return withAdmin(connection, async (admin) => {
      if (!(await admin.exists(topic))) await admin.ensure({ topic, partitions })
      return admin.partitions(topic)
    })
  }

  #checkKey(): void {
    const { name, key, fields } = this.#options
    const names = fields.map((field) => field.name)
    const unknown = key.find((column) => !names.includes(column))
    if (unknown === undefined) return
    throw userError('sink/unknown-key', `Sink \`${name}\` keys its records by \`${unknown}\`, which its rows do not have.`, {
      asked: unknown,
      found: names,
      do: 'Name columns of the rows as `key`.',
    })
  }
}

/** The key of a position, or what the keys of all positions of the sink begin with. */
function positionKey(name: string, at?: SinkPartition): string {
  return `sink/${name}/${at === undefined ? '' : `${at.log}/${at.topic}/${at.partition}`}`
}

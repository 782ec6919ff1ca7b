import type { BoundedRecord, BoundedTopics } from '@millrace/core'
import type { KafkaConnection } from '../client/kafka-connection.ts'
import { TopicAdmin } from '../client/topic-admin.ts'
import { TopicProducer } from '../client/topic-producer.ts'
import { TopicReader } from '../client/topic-reader.ts'

/** Topics of single runs on a Kafka. */
export class KafkaBoundedTopics implements BoundedTopics {
  readonly #connection: KafkaConnection
  readonly #admin: TopicAdmin
  readonly #producer: TopicProducer

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#admin = new TopicAdmin(connection)
    this.#producer = new TopicProducer({ connection })
  }

  create(topic: string, partitions: number): Promise<void> {
    return this.#admin.ensure({ topic, partitions })
  }

  async write(topic: string, records: readonly BoundedRecord[]): Promise<void> {
    if (records.length === 0) return
    await this.#producer.send(records.map(({ partition, value }) => ({ topic, partition, value: Buffer.from(value) })))
  }

  async read(topic: string): Promise<readonly string[]> {
    const [first, ends] = await Promise.all([this.#admin.offsets(topic, 'first'), this.#admin.offsets(topic, 'stable')])
    const reader = new TopicReader({ connection: this.#connection, topic })
    const found: string[] = []
    try {
      for (const [partition, offset] of first.entries()) if (offset < ends[partition]) reader.seek(partition, offset)
      while (reader.positions.size > 0) {
        for (const { partition, records, next } of await reader.read()) {
          for (const { value, offset } of records) if (value !== null && offset < ends[partition]) found.push(value.toString('utf8'))
          if (next >= ends[partition]) reader.leave(partition)
        }
      }
    } finally {
      await reader.close()
    }
    return found
  }

  remove(topic: string): Promise<void> {
    return this.#admin.remove(topic)
  }

  async close(): Promise<void> {
    await this.#producer.close()
    await this.#admin.close()
  }
}

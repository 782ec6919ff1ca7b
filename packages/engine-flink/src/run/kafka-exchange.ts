import { randomUUID } from 'node:crypto'
import { murmur2, partitionOf } from '@millrace/columnar'
import type { BoundedTopics } from '@millrace/core'
import type { OpenExchange } from './exchange.ts'
import { stampedFormat } from './stamped-record.ts'

/** Partitions of the topics that bounded jobs read. */
export const PARTITIONS = 2

/** Where a Kafka is, for Flink and for us. */
export interface BoundedKafka {
  /** Bootstrap servers as Flink's workers reach them, with commas between. */
  readonly brokers: string
  readonly topics: BoundedTopics
  /** Further `properties.…` of the connector: security. */
  readonly properties?: Readonly<Record<string, string>>
}

/** Topics of one job: stamped rows go in by the hash of their key, results come out of a single partition. */
export function kafkaExchange({ brokers, topics, properties = {} }: BoundedKafka): OpenExchange {
  return (parallelism) => {
    const run = randomUUID()
    const made: string[] = []
    const create = async (name: string, partitions: number): Promise<string> => {
      const topic = `millrace-run-${run}-${name}`
      await topics.create(topic, partitions)
      made.push(topic)
      return topic
    }
    const common = { connector: 'kafka', 'properties.bootstrap.servers': brokers, ...properties }
    return {
      put: async (records, last) => {
        const topic = await create(`in-${made.length}`, PARTITIONS)
        const lasts = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: last }))
        const placed = records.map(({ key, value }) => ({ partition: partitionOf(murmur2(Buffer.from(key)), PARTITIONS), value }))
        await topics.write(topic, [...placed, ...lasts])
        return {
          ...common,
          topic,
          'scan.startup.mode': 'earliest-offset',
          'scan.bounded.mode': 'latest-offset',
          'scan.parallelism': String(Math.min(PARTITIONS, parallelism)),
          'properties.isolation.level': 'read_committed',
          ...stampedFormat('json'),
        }
      },
      results: async () => {
        const topic = await create(`out-${made.length}`, 1)
        return { options: { ...common, topic, format: 'debezium-json' }, read: () => topics.read(topic) }
      },
      close: async () => {
        for (const topic of made.splice(0)) await topics.remove(topic)
      },
    }
  }
}

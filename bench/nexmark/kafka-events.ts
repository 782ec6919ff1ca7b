import { keyPartitions, murmur2, partitionOf } from '@millrace/columnar'
import { JSON_FORM, type KafkaConnection, type OutgoingRecord, rowRecords, TopicAdmin, TopicProducer } from '@millrace/log-kafka'
import { events } from '../../examples/nexmark/generator/event.ts'
import { SETTINGS } from '../../examples/nexmark/generator/settings.ts'
import { type StampedEvent, stampedEvents } from '../../examples/nexmark/generator/stamped-event.ts'
import { SOURCES } from '../../examples/nexmark/source.ts'
import { stampedBatch } from './stamped-batch.ts'

/** Partitions of each topic: one for each core. */
export const TOPIC_PARTITIONS = 2
const PORTION_RECORDS = 20_000

/** Writes so many events as JSON objects to the topics `person`, `auction` and `bid`: in order within a partition, equal keys in one. */
export async function writeEvents(connection: KafkaConnection, count: number): Promise<void> {
  const producer = await openTopics(connection)
  let records: OutgoingRecord[] = []
  for (const { source, row } of events({ from: 0, to: count }, SETTINGS)) {
    records.push(recordOf(source, row as unknown as Readonly<Record<string, string | number>>))
    if (records.length < PORTION_RECORDS) continue
    await producer.send(records)
    records = []
  }
  await producer.send(records)
  await producer.close()
}

/** The same as stamped records. */
export async function writeStampedEvents(connection: KafkaConnection, count: number): Promise<void> {
  const producer = await openTopics(connection)
  let portion: StampedEvent[] = []
  const send = async (): Promise<void> => {
    for (const source of Object.values(SOURCES)) {
      const batch = stampedBatch(source, portion)
      if (batch === undefined) continue
      const places = keyPartitions(batch, source.key ?? [], TOPIC_PARTITIONS)
      await producer.send(rowRecords(batch, { topic: source.name, key: [], form: JSON_FORM, partitionOf: (row) => places[row] }))
    }
    portion = []
  }
  for (const event of stampedEvents(count, SETTINGS)) {
    portion.push(event)
    if (portion.length === PORTION_RECORDS) await send()
  }
  await send()
  await producer.close()
}

async function openTopics(connection: KafkaConnection): Promise<TopicProducer> {
  const admin = new TopicAdmin(connection)
  for (const topic of Object.keys(SOURCES)) await admin.ensure({ topic, partitions: TOPIC_PARTITIONS })
  await admin.close()
  return new TopicProducer({ connection })
}

function recordOf(source: keyof typeof SOURCES, row: Readonly<Record<string, string | number>>): OutgoingRecord {
  const { fields, key = [] } = SOURCES[source]
  const values = fields.map(({ name, type }) => [name, type === 'timestamp' ? new Date(row[name]).toISOString() : row[name]])
  const partition = partitionOf(murmur2(Buffer.from(String(row[key[0]]))), TOPIC_PARTITIONS)
  return { topic: source, partition, value: Buffer.from(JSON.stringify(Object.fromEntries(values))) }
}

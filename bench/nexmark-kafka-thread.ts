// Reads one partition of each topic, decodes what it holds, and hands batches to the thread that began it.
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { encodeBatch } from '@millrace/columnar'
import { TopicAdmin, TopicReader } from '@millrace/log-kafka'
import { KafkaRecords } from '../packages/connect/src/kafka/kafka-records.ts'
import { type DecodedPart, type KafkaThread, PARTS_AHEAD_MAX } from './nexmark/kafka-part.ts'

const { brokers, partition, sources } = workerData as KafkaThread
const main = parentPort as NonNullable<typeof parentPort>
let ahead = 0
main.on('message', () => ahead--)

/** As many bytes as make a batch of some ten thousand records. */
const PARTITION_BYTES = 4 * 1024 * 1024

const connection = { brokers: [...brokers] }
const admin = new TopicAdmin(connection)
const readers = await Promise.all(
  sources.map(async (source) => {
    const reader = new TopicReader({ connection, topic: source.name, partitionBytesMax: PARTITION_BYTES })
    reader.seek(partition, 0)
    const end = (await admin.offsets(source.name, 'stable'))[partition]
    const records = new KafkaRecords(
      { fields: source.fields, eventTime: source.event_time },
      { fields: {}, tombstones: 'skip', format: { kind: 'json' } },
    )
    return { source, reader, end, records }
  }),
)
await admin.close()
main.postMessage('ready')
await once(main, 'message')
ahead = 0
// The topic that is furthest behind in its own length goes first: the sources' times move on together.
for (let open = readers; open.length > 0; ) {
  const next = open.reduce((least, one) => (share(one) < share(least) ? one : least))
  for (const { records, next: offset } of await next.reader.read()) {
    const { batch, offsets } = next.records.decode(records)
    const bytes = encodeBatch(batch, { watermarkAfter: 0, ingestedAt: 0 })
    while (ahead >= PARTS_AHEAD_MAX) await once(main, 'message')
    ahead++
    const part: DecodedPart = { source: next.source.name, partition, bytes, offsets, isLast: offset >= next.end }
    main.postMessage(part, [bytes.buffer as ArrayBuffer, offsets.buffer as ArrayBuffer])
  }
  open = open.filter((one) => (one.reader.positions.get(partition) as number) < one.end)
}
for (const { reader } of readers) await reader.close()
main.postMessage('done')

function share({ reader, end }: (typeof readers)[number]): number {
  return (reader.positions.get(partition) as number) / end
}

import type { KafkaConnection, OutgoingRecord } from '@millrace/log-kafka'
import { Consumer, type MessageToProduce, Producer } from '@platformatic/kafka'

/** As many records go into one request of the client as ours sends in one. */
const REQUEST_RECORDS = 4_000

const base = ({ brokers }: KafkaConnection) => ({ clientId: 'bench', bootstrapBrokers: [...brokers] })

/** Sends records as the client does by itself, each once. */
export async function rawProduce(connection: KafkaConnection, batches: readonly (readonly OutgoingRecord[])[]): Promise<void> {
  const producer = new Producer({ ...base(connection), idempotent: true, compression: 'lz4' })
  for (const records of batches) {
    for (let from = 0; from < records.length; from += REQUEST_RECORDS)
      await producer.send({ messages: records.slice(from, from + REQUEST_RECORDS) as MessageToProduce<Buffer, Buffer, Buffer, Buffer>[] })
  }
  await producer.close(true)
}

/** Reads all records with the client's own stream; returns how many there were. */
export async function rawConsume(
  connection: KafkaConnection,
  topic: string,
  { records, partitions }: { readonly records: number; readonly partitions: number },
): Promise<number> {
  const consumer = new Consumer({ ...base(connection), groupId: 'bench', autocommit: false, maxWaitTime: 250, maxBytes: 16 * 1024 * 1024 })
  const offsets = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0n }))
  const stream = await consumer.consume({ topics: [topic], mode: 'manual', offsets })
  let count = 0
  for await (const _message of stream) if (++count === records) break
  await consumer.close(true)
  return count
}

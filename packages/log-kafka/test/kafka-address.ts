import { randomUUID } from 'node:crypto'
import type { KafkaConnection } from '../src/client/kafka-connection.ts'
import { TopicAdmin } from '../src/client/topic-admin.ts'
import { type IncomingRecord, TopicReader } from '../src/client/topic-reader.ts'

/** The cluster that `npm run test:cluster` started. */
export const CLUSTER: KafkaConnection = { brokers: [process.env.MILLRACE_KAFKA ?? ''] }

/** A name that no other test and no other run has. */
export function freshName(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`
}

/** Everything that is committed in a topic in which no transaction is open, by partition. */
export async function readAll(
  topic: string,
  connection = CLUSTER,
  reader = new TopicReader({ connection, topic }),
): Promise<IncomingRecord[][]> {
  const admin = new TopicAdmin(connection)
  try {
    const ends = await admin.offsets(topic, 'latest')
    // A commit is answered before its markers are in the partitions, and readers wait for these.
    while ((await admin.offsets(topic, 'stable')).some((stable, partition) => stable < ends[partition]));
    const found: IncomingRecord[][] = ends.map(() => [])
    for (const [partition, end] of ends.entries()) if (end > 0) reader.seek(partition, 0)
    while ([...reader.positions].some(([partition, at]) => at < ends[partition]))
      for (const { partition, records } of await reader.read()) found[partition].push(...records)
    return found
  } finally {
    await Promise.all([admin.close(), reader.close()])
  }
}

import type { KafkaConnection } from './kafka-connection.ts'
import type { TopicAdmin } from './topic-admin.ts'
import { TopicReader } from './topic-reader.ts'

/** Offsets that a group has noted, by partition; where it noted none, the first that there is. */
export async function groupReach(admin: TopicAdmin, group: string, topic: string): Promise<number[]> {
  const [noted, first] = await Promise.all([admin.groupOffsets(group, topic), admin.offsets(topic, 'first')])
  return first.map((offset, partition) => noted[partition] ?? offset)
}

/** Whether there are records between the offsets, by partition, for whoever reads what is committed. Ends of transactions take offsets and are none. */
export async function hasRecordsBetween(
  connection: KafkaConnection,
  { topic, from, to }: { readonly topic: string; readonly from: readonly number[]; readonly to: readonly number[] },
): Promise<boolean> {
  const behind = to.flatMap((end, partition) => (from[partition] < end ? [partition] : []))
  if (behind.length === 0) return false
  const reader = new TopicReader({ connection, topic })
  try {
    for (const partition of behind) reader.seek(partition, from[partition])
    const portions = await reader.read()
    if (portions.some(({ partition, records }) => records.some(({ offset }) => offset < to[partition]))) return true
    return behind.some((partition) => (reader.positions.get(partition) as number) < to[partition])
  } finally {
    await reader.close()
  }
}

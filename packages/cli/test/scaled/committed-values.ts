import { TopicReader, withAdmin } from '@millrace/log-kafka'

/** The value of every record that is committed in a topic, by partition. */
export async function committedValues(brokers: string, topic: string): Promise<Buffer[][]> {
  const connection = { brokers: [brokers] }
  const reader = new TopicReader({ connection, topic })
  try {
    const ends = await withAdmin(connection, (admin) => admin.offsets(topic, 'stable'))
    const found: Buffer[][] = ends.map(() => [])
    for (const [partition, end] of ends.entries()) if (end > 0) reader.seek(partition, 0)
    while ([...reader.positions].some(([partition, at]) => at < ends[partition]))
      for (const { partition, records } of await reader.read()) found[partition].push(...records.map(({ value }) => value as Buffer))
    return found
  } finally {
    await reader.close()
  }
}

import type { EventLog } from '@millrace/core'

/** How many partitions a topic has; 0 where there is none of the name. */
export function topicPartitions(log: Pick<EventLog, 'topics'>, topic: string): number {
  return log.topics().find((one) => one.topic === topic)?.partitions ?? 0
}

/** Where each partition of the topics ends now. */
export function topicEnds(log: Pick<EventLog, 'topics' | 'range'>, topics: readonly string[]): Readonly<Record<string, readonly number[]>> {
  const ends = (topic: string): readonly number[] =>
    Array.from({ length: topicPartitions(log, topic) }, (_, partition) => log.range(topic, partition).next)
  return Object.fromEntries(topics.map((topic) => [topic, ends(topic)]))
}

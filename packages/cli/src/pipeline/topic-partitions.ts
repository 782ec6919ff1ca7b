import type { EventLog } from '@millrace/core'

/** How many partitions a topic has; 0 where there is none of the name. */
export function topicPartitions(log: Pick<EventLog, 'topics'>, topic: string): number {
  return log.topics().find((one) => one.topic === topic)?.partitions ?? 0
}

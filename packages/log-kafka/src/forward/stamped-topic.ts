import type { TopicShape } from '../client/topic-admin.ts'

/** Largest record of a stamped topic. */
export const STAMPED_RECORD_BYTES_MAX = 16 * 1024 * 1024

/** A stamped topic as it is created: nothing of it expires, since a plan that is new starts at its beginning. */
export function stampedTopicShape(topic: string, partitions: number, settings: Readonly<Record<string, string>> = {}): TopicShape {
  return { topic, partitions, settings: { 'retention.ms': '-1', 'max.message.bytes': String(STAMPED_RECORD_BYTES_MAX), ...settings } }
}

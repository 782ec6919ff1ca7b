import { batchHeader } from '@millrace/columnar'
import type { RunLog } from '@millrace/engine-stream'

/** Least time between two reports. */
const REPORT_MS = 250

type ReadRequest = Parameters<RunLog['read']>[0]

/**
 * A log that notices how long records take from their ingest into the views' state: when a partition is read on from an offset,
 * everything before that offset is in the state.
 */
export function withAppliedLag(log: RunLog, onLag: (lagMs: number) => void): RunLog {
  const pending = new Map<string, number>()
  let worst = -1
  let reportedAt = performance.now()
  const noteApplied = (place: string): void => {
    const ingestedAt = pending.get(place)
    if (ingestedAt === undefined) return
    pending.delete(place)
    worst = Math.max(worst, Date.now() - ingestedAt)
    if (performance.now() - reportedAt < REPORT_MS) return
    onLag(worst)
    worst = -1
    reportedAt = performance.now()
  }
  const read = (request: ReadRequest): ReturnType<RunLog['read']> => {
    const place = `${request.topic}/${request.partition}`
    noteApplied(place)
    const entries = log.read(request)
    if (entries.length > 0) pending.set(place, batchHeader(entries[0].bytes).ingestedAt)
    return entries
  }
  return {
    read,
    openTopic: (topic, options) => log.openTopic(topic, options),
    topics: () => log.topics(),
    range: (topic, partition) => log.range(topic, partition),
    position: (consumer, topic, partition) => log.position(consumer, topic, partition),
    entries: (prefix) => log.entries(prefix),
    registerConsumer: (consumer, topic) => log.registerConsumer(consumer, topic),
    trim: (topic, partition, before) => log.trim(topic, partition, before),
    transact: (write) => log.transact(write),
  }
}

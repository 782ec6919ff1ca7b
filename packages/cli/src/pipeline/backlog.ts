import type { EventLog } from '@millrace/core'
import type { LeaveFlag } from './leave-flag.ts'

/** A consumer of a topic, which may not fall too far behind. */
export interface Backlog {
  readonly topic: string
  readonly partitions: number
  readonly consumer: string
}

/** Records that may wait for a consumer before ingest pauses. */
const BACKLOG_RECORDS_MAX = 3_000_000
const PAUSE_MS = 20

/** Waits while some consumer is too far behind, until the worker is asked to leave. */
export async function roomIn(log: EventLog, backlogs: readonly Backlog[], leave: LeaveFlag): Promise<void> {
  while (!leave.raised && backlogs.some((backlog) => waitingRecords(log, backlog) > BACKLOG_RECORDS_MAX))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}

function waitingRecords(log: EventLog, { topic, partitions, consumer }: Backlog): number {
  let waiting = 0
  for (let partition = 0; partition < partitions; partition++) {
    const { first, next } = log.range(topic, partition)
    waiting += next - (log.position(consumer, topic, partition) ?? first)
  }
  return waiting
}

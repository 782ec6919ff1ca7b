import type { EventLog } from '@millrace/core'
import { type MemberRecord, type ShareMember, sharedTopics, shareRecords } from '@millrace/engine-stream'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import { isGone, ownMark } from './process-mark.ts'

/** A worker that computes views, and the partitions that it owns. */
export interface Sharer extends Pick<ShareMember, 'worker'> {
  readonly pid: number
  readonly partitions: readonly number[]
}

/** Who computes the views of a stream. */
export interface StreamShares {
  readonly stream: string
  readonly sharers: readonly Sharer[]
  /** Partitions that nobody owns who is known to live. */
  readonly free: readonly number[]
  readonly members: readonly MemberRecord[]
}

type ReadLog = Pick<EventLog, 'entries' | 'topics'>

/** Who computes the views of a stream at this moment, by process and worker. */
export function streamShares(log: ReadLog, stream: string): StreamShares {
  const { members, leases } = shareRecords(log, stream, topicPartitions(log, stream))
  const living = members.filter(({ process }) => !isGone(process))
  const sharers = living
    .map(({ id, process, worker }) => ({
      pid: Number(process.pid),
      worker,
      partitions: leases.flatMap(({ owner }, partition) => (owner === id ? [partition] : [])),
    }))
    .sort((a, b) => a.pid - b.pid || a.worker - b.worker)
  const owned = new Set(sharers.flatMap(({ partitions }) => partitions))
  return { stream, sharers, free: [...leases.keys()].filter((partition) => !owned.has(partition)), members: living }
}

/** Other processes that compute views of the log's scope and live. */
export function otherProcesses(log: ReadLog): readonly number[] {
  const own = ownMark()
  const pids = sharedTopics(log).flatMap((topic) =>
    streamShares(log, topic).members.flatMap(({ process: { pid, namespace } }) =>
      pid === own.pid && namespace === own.namespace ? [] : [Number(pid)],
    ),
  )
  return [...new Set(pids)].sort((a, b) => a - b)
}

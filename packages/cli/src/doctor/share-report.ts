import { sharedTopics, shareRecords } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import { livingControl } from '../share/control-record.ts'
import { isGone } from '../share/process-mark.ts'

/** Who computes the views of a live scope, and who is in control. */
export interface ShareReport {
  /** The process that takes records in; null while there is none. */
  readonly control: { readonly pid: number; readonly since: string } | null
  /** By stream, one entry a partition; null: nobody owns it. `alive` is false for an owner that has ended. */
  readonly owners: Readonly<Record<string, readonly (PartitionOwner | null)[]>>
}

export interface PartitionOwner {
  readonly pid: number
  readonly worker: number
  readonly epoch: number
  readonly alive: boolean
}

/** Undefined where nothing was ever shared: in the scope of a bounded input. */
export function shareReport(log: EmbeddedLog): ShareReport | undefined {
  const topics = sharedTopics(log)
  const control = livingControl(log)
  if (topics.length === 0 && control === undefined) return undefined
  return {
    control: control === undefined ? null : { pid: Number(control.process.pid), since: control.since },
    owners: Object.fromEntries(topics.map((topic) => [topic, ownersOf(log, topic)])),
  }
}

function ownersOf(log: EmbeddedLog, topic: string): readonly (PartitionOwner | null)[] {
  const { members, leases } = shareRecords(log, topic, topicPartitions(log, topic))
  return leases.map(({ owner, epoch }) => {
    const member = members.find(({ id }) => id === owner)
    if (member === undefined) return null
    return { pid: Number(member.process.pid), worker: member.worker, epoch, alive: !isGone(member.process) }
  })
}

import type { RunLog, RunLogTransaction } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'

/** What the host tells a process by; of JSON. */
export type ProcessMark = Readonly<Record<string, string | number>>

/** A worker that shares the partitions of a source with others, in this process or another one. */
export interface ShareMember {
  /** Unlike that of any other worker that ever was. */
  readonly id: string
  readonly process: ProcessMark
  /** Its number in its process. */
  readonly worker: number
}

/** A member as it stands in the log. */
export interface MemberRecord extends ShareMember {
  /** Grows with every sign of life. */
  readonly beat: number
  /** How far the partitions that it owns have come, as far as they moved while it owned them. */
  readonly progress: readonly RunProgress[]
  /** What else the host says of itself. */
  readonly facts: Readonly<Record<string, number>>
}

/** Who owns a partition. */
export interface LeaseRecord {
  readonly owner: string | null
  /** Grows whenever the partition changes hands: a commit holds only while the epoch is that under which its state was read. */
  readonly epoch: number
}

export interface ShareRecords {
  readonly members: readonly MemberRecord[]
  /** By partition. */
  readonly leases: readonly LeaseRecord[]
}

/** What the keys of everything about shared partitions begin with. */
const SHARE_PREFIX = 'share/'
const FREE: LeaseRecord = { owner: null, epoch: 0 }

/** Who shares the partitions of a source, and who owns which, at this moment. */
export function shareRecords(log: Pick<RunLog, 'entries'>, topic: string, partitions: number): ShareRecords {
  const members = [...log.entries(memberPrefix(topic))].map(({ value }) => parsed<MemberRecord>(value)).map(withFloors)
  const leases = new Array<LeaseRecord>(partitions).fill(FREE)
  const prefix = leasePrefix(topic)
  for (const { key, value } of log.entries(prefix)) {
    const partition = Number(key.slice(prefix.length))
    if (partition < partitions) leases[partition] = parsed(value)
  }
  return { members, leases }
}

/** Topics whose partitions were ever shared. */
export function sharedTopics(log: Pick<RunLog, 'entries'>): readonly string[] {
  const topics = new Set<string>()
  for (const { key } of log.entries(SHARE_PREFIX)) topics.add(key.slice(SHARE_PREFIX.length).replace(/\/(member|partition)\/[^/]*$/, ''))
  return [...topics]
}

export function readLease(transaction: RunLogTransaction, topic: string, partition: number): LeaseRecord {
  const bytes = transaction.get(`${leasePrefix(topic)}${partition}`)
  return bytes === undefined ? FREE : parsed(bytes)
}

export function writeLease(transaction: RunLogTransaction, place: { topic: string; partition: number }, lease: LeaseRecord): void {
  transaction.put(`${leasePrefix(place.topic)}${place.partition}`, encoded(lease))
}

export function readMember(transaction: RunLogTransaction, topic: string, id: string): MemberRecord | undefined {
  const bytes = transaction.get(memberPrefix(topic) + id)
  return bytes === undefined ? undefined : withFloors(parsed(bytes))
}

export function writeMember(transaction: RunLogTransaction, topic: string, member: MemberRecord): void {
  transaction.put(memberPrefix(topic) + member.id, encoded(member))
}

export function removeMember(transaction: RunLogTransaction, topic: string, id: string): void {
  transaction.remove(memberPrefix(topic) + id)
}

/** Takes all partitions of all topics from their owners: what these have not committed is never written. */
export function revokeAll(log: Pick<RunLog, 'entries'>, transaction: RunLogTransaction): void {
  for (const topic of sharedTopics(log)) {
    const prefix = leasePrefix(topic)
    for (const { key } of [...log.entries(prefix)]) {
      const partition = Number(key.slice(prefix.length))
      writeLease(transaction, { topic, partition }, { owner: null, epoch: readLease(transaction, topic, partition).epoch + 1 })
    }
  }
}

function memberPrefix(topic: string): string {
  return `${SHARE_PREFIX}${topic}/member/`
}

function leasePrefix(topic: string): string {
  return `${SHARE_PREFIX}${topic}/partition/`
}

function encoded(record: MemberRecord | LeaseRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record))
}

function parsed<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T
}

/** JSON has no infinity: a watermark that is not known yet was written as null. */
function withFloors(member: MemberRecord): MemberRecord {
  const progress = member.progress.map((one) => ({ ...one, watermark: one.watermark ?? Number.NEGATIVE_INFINITY }))
  return { ...member, progress }
}

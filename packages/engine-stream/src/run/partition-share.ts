import type { RunLog, RunLogTransaction } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'
import { sharedOut } from './share-out.ts'
import {
  type LeaseRecord,
  type MemberRecord,
  type ProcessMark,
  readLease,
  readMember,
  removeMember,
  type ShareMember,
  shareRecords,
  writeLease,
  writeMember,
} from './share-record.ts'

/** Time between two looks at who is there and who owns what. */
const LOOK_MS = 250
/** Looks without a sign of life after which a member's partitions are taken from it. */
const SILENT_LOOKS_MAX = 20
/** Longest time without a sign of life of one's own. */
const BEAT_MS = 1_000

export interface ShareOptions {
  readonly member: ShareMember
  /** Whether a process is known to have ended: its partitions are free at once. */
  readonly isGone: (process: ProcessMark) => boolean
  /** Looks into every write transaction before anything is written; throws when this worker may not go on. */
  readonly mayWrite: (transaction: RunLogTransaction) => void
  /** What the member's record says beside its progress. */
  readonly facts?: () => Readonly<Record<string, number>>
}

interface ShareTarget {
  readonly log: RunLog
  readonly topic: string
  readonly partitions: number
}

/** What should change hands. */
export interface ShareChange {
  /** Owned, and another one's turn. */
  readonly give: readonly number[]
  /** Free, and this worker's turn. */
  readonly take: readonly number[]
}

interface Silence {
  readonly beat: number
  looks: number
}

/**
 * One worker's part in sharing the partitions of a source. Nobody directs: each member looks at the same records, computes by itself
 * who should own what (`sharedOut`), gives back what is another's turn and takes what is free and its own.
 * 1. A lease is a record of owner and epoch. Taking and giving back raise the epoch.
 * 2. Every commit reads, in its own write transaction, the leases of all partitions that the worker believes it owns, and leaves out
 *    those whose epoch is another (`lost`). So whatever a worker that was paused believes, it never writes to what it lost.
 * 3. Every commit, and once a second a write of its own, puts a greater number into the member's record. Whoever has looked
 *    `SILENT_LOOKS_MAX` times without seeing it grow takes the partitions over; no clocks are compared, and a process that was paused
 *    itself has not looked meanwhile. Where the process is known to have ended, nobody waits.
 */
export class PartitionShare {
  readonly #options: ShareOptions
  readonly #target: ShareTarget
  /** By partition owned: the epoch. */
  readonly #held = new Map<number, number>()
  readonly #progress = new Map<number, RunProgress>()
  readonly #silences = new Map<string, Silence>()
  #seen: { leases: readonly LeaseRecord[]; gone: ReadonlyMap<string, number> } = { leases: [], gone: new Map() }
  #beat = 0
  #beatAt = Number.NEGATIVE_INFINITY
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: ShareOptions, target: ShareTarget) {
    this.#options = options
    this.#target = target
  }

  get held(): readonly number[] {
    return [...this.#held.keys()]
  }

  /** Whether it is time to look again. */
  get isDue(): boolean {
    return performance.now() - this.#lookedAt >= LOOK_MS
  }

  /** Whether a sign of life is due that no commit has given. */
  get isSilent(): boolean {
    return performance.now() - this.#beatAt >= BEAT_MS
  }

  /** Looks at who is there and says what should change hands. The first look takes nothing: others may be about to come too. */
  look(): ShareChange {
    const isFirst = this.#lookedAt === Number.NEGATIVE_INFINITY
    this.#lookedAt = performance.now()
    const { log, topic, partitions } = this.#target
    const { members, leases } = shareRecords(log, topic, partitions)
    const gone = new Map(members.filter((one) => this.#isGone(one)).map(({ id, beat }) => [id, beat]))
    this.#seen = { leases, gone }
    const mine = this.#options.member.id
    const living = new Set([mine, ...members.map(({ id }) => id).filter((id) => !gone.has(id))])
    const owners = leases.map(({ owner }) => (owner !== null && living.has(owner) ? owner : null))
    const shares = sharedOut(owners, [...living])
    return {
      give: this.held.filter((partition) => shares[partition] !== mine),
      take: isFirst ? [] : [...shares.keys()].filter((partition) => shares[partition] === mine && owners[partition] === null),
    }
  }

  #isGone({ id, process, beat }: MemberRecord): boolean {
    if (id === this.#options.member.id) return false
    const known = this.#silences.get(id)
    const silence = known?.beat === beat ? known : { beat, looks: -1 }
    silence.looks += 1
    this.#silences.set(id, silence)
    return silence.looks >= SILENT_LOOKS_MAX || this.#options.isGone(process)
  }

  /** Takes partitions that the last look found free; those that somebody else got first, or whose owner came back, are left. */
  async take(partitions: readonly number[]): Promise<readonly number[]> {
    const { log, topic } = this.#target
    const taken = await log.transact((transaction) => {
      this.#options.mayWrite(transaction)
      const free = partitions.flatMap((partition) => {
        const lease = readLease(transaction, topic, partition)
        return this.#isStillFree(transaction, partition, lease) ? [{ partition, epoch: lease.epoch + 1 }] : []
      })
      for (const { partition, epoch } of free) writeLease(transaction, { topic, partition }, { owner: this.#options.member.id, epoch })
      for (const [id, beat] of this.#seen.gone) if (readMember(transaction, topic, id)?.beat === beat) removeMember(transaction, topic, id)
      this.#writeBeat(transaction)
      return free
    })
    for (const { partition, epoch } of taken) this.#held.set(partition, epoch)
    return taken.map(({ partition }) => partition)
  }

  #isStillFree(transaction: RunLogTransaction, partition: number, { owner, epoch }: LeaseRecord): boolean {
    if (epoch !== this.#seen.leases[partition]?.epoch) return false
    if (owner === null) return true
    const member = readMember(transaction, this.#target.topic, owner)
    return member === undefined || member.beat === this.#seen.gone.get(owner)
  }

  /** Within a write transaction, before anything is written: partitions that another one has taken meanwhile. */
  lost(transaction: RunLogTransaction): readonly number[] {
    this.#options.mayWrite(transaction)
    return this.held.filter((partition) => {
      const { owner, epoch } = readLease(transaction, this.#target.topic, partition)
      return owner !== this.#options.member.id || epoch !== this.#held.get(partition)
    })
  }

  /** Within a write transaction: a sign of life, with how far partitions have come; gives some of those back that are owned. */
  sign(transaction: RunLogTransaction, told: { readonly progress: readonly RunProgress[]; readonly give: readonly number[] }): void {
    for (const one of told.progress) this.#progress.set(one.partition, one)
    for (const partition of told.give) {
      const epoch = (this.#held.get(partition) as number) + 1
      writeLease(transaction, { topic: this.#target.topic, partition }, { owner: null, epoch })
    }
    this.#writeBeat(transaction)
  }

  #writeBeat(transaction: RunLogTransaction): void {
    this.#beat += 1
    this.#beatAt = performance.now()
    const progress = [...this.#progress.values()].filter(({ partition }) => this.#held.has(partition))
    const facts = this.#options.facts?.() ?? {}
    writeMember(transaction, this.#target.topic, { ...this.#options.member, beat: this.#beat, progress, facts })
  }

  /** Notes that partitions were lost, or given back durably. */
  forget(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#held.delete(partition)
      this.#progress.delete(partition)
    }
  }

  /** Leaves the others for good; everything was given back. */
  async leave(): Promise<void> {
    await this.#target.log.transact((transaction) => removeMember(transaction, this.#target.topic, this.#options.member.id))
  }
}

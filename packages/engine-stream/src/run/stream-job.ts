import type { PhysicalPlan } from '../operator/physical-plan.ts'

/** Views over the same sources, so that each of their batches is read and decoded once for all. Passes a structured clone. */
export interface StreamJob {
  /** Topic of the source's records. */
  readonly topic: string
  /** Topics by source, where the views read several sources; they have as many partitions as `topic`, or their source has no key. */
  readonly topics?: Readonly<Record<string, string>>
  readonly assets: readonly StreamAsset[]
  /** Bytes that an operator may take in memory in one partition, about; without it operators lie in memory whole. */
  readonly stateBytes?: number
}

export interface StreamAsset {
  readonly name: string
  readonly plan: PhysicalPlan
}

/** The topic of a source's records. */
export function sourceTopic(job: Pick<StreamJob, 'topic' | 'topics'>, source: string): string {
  return job.topics?.[source] ?? job.topic
}

/** The consumer under which a view's positions are kept. */
export function consumerOf(asset: string): string {
  return `stream:${asset}`
}

/** The topic of a view's late rows. */
export function lateTopicOf(asset: string): string {
  return `${asset}__late`
}

/** The topic of the rows that a view's maps refused. */
export function deadTopicOf(asset: string): string {
  return `${asset}__dead_letters`
}

/** Internal topic between two stages of a group. Its partition is the writing partition times those that read, plus the reading one. */
export function exchangeTopicOf(group: string, exchange: number): string {
  return `${group}@exchange${exchange}`
}

/** Whether a topic is internal to the engine: rows on their way between partitions. */
export function isExchangeTopic(topic: string): boolean {
  return /@exchange\d+$/.test(topic)
}

/** The consumer under which a group's positions in its exchanges are kept. */
export function exchangeConsumerOf(group: string): string {
  return `exchange:${group}`
}

/** What the keys of the group's records begin with: by view, the group whose state holds it. */
export const GROUP_PREFIX = 'stream-group/'

/** What the keys of a group's state in one partition of a stage begin with. */
export function statePrefix(group: string, stage: number, partition: number): string {
  return `${groupPrefix(group)}${stage}/${partition}/`
}

/** What stands behind a partition in the keys of state that is read when it is needed. */
export const APART = '@apart/'

/** What the keys of that part of it begin with that is read when it is needed. */
export function apartPrefix(group: string, stage: number, partition: number): string {
  return `${groupPrefix(group)}${stage}/${partition}${APART}`
}

/** What the keys of a group's state begin with. */
export function groupPrefix(group: string): string {
  return `stream/${group}/`
}

import type { PhysicalPlan } from '../operator/physical-plan.ts'

/** Views that read one source, so that each of its batches is read and decoded once for all. Passes a structured clone. */
export interface StreamJob {
  /** Topic of the source's records. */
  readonly topic: string
  readonly assets: readonly StreamAsset[]
}

export interface StreamAsset {
  readonly name: string
  readonly plan: PhysicalPlan
}

/** The consumer under which a view's positions are kept. */
export function consumerOf(asset: string): string {
  return `stream:${asset}`
}

/** The topic of a view's late rows. */
export function lateTopicOf(asset: string): string {
  return `${asset}__late`
}

/** What the keys of a view's state in a partition begin with. */
export function statePrefix(asset: string, partition: number): string {
  return `stream/${asset}/${partition}/`
}

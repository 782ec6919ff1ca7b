import type { KeptPage } from '../operator/state-page.ts'
import type { OpenGroup } from '../run/open-job.ts'
import type { RunLog } from '../run/run-log.ts'
import { restoredRunner } from '../run/stage-task.ts'
import { apartPrefix, type StreamJob, statePrefix } from '../run/stream-job.ts'

/** The pages of one partition of a stage: those that are read at once, and those of slices that are read when they are needed. */
export interface StagePages {
  readonly whole: readonly KeptPage[]
  readonly apart: readonly KeptPage[]
  /** Whether rows are left that only the operators' next step would give. */
  readonly isUnsettled: boolean
}

interface StagePlace {
  readonly job: Pick<StreamJob, 'topic' | 'topics'>
  readonly group: OpenGroup
  readonly stage: number
  readonly partition: number
}

/** The state of one partition of a stage, in which no row waits for memory any more: operators that keep to a budget take all up. */
export function settledPages(log: Pick<RunLog, 'entries'>, place: StagePlace): StagePages {
  const { group, stage, partition } = place
  const whole = pagesUnder(log, statePrefix(group.graph.name, stage, partition))
  const apart = pagesUnder(log, apartPrefix(group.graph.name, stage, partition))
  if (![...apart.keys()].some((key) => key.includes('/inbox/'))) return { ...given(whole, apart), isUnsettled: false }
  const clock = (): number => performance.now()
  const runner = restoredRunner(log, { ...place, job: { ...place.job, assets: [] }, mode: 'as_served', clock })
  for (runner.takeUp(); runner.passing; ) {
    runner.goOn()
    for (const { key, value, apart: isApart } of runner.takePages()) {
      const pages = isApart === true ? apart : whole
      if (value === undefined) pages.delete(key)
      else pages.set(key, value)
    }
  }
  return { ...given(whole, apart), isUnsettled: runner.pendingRows > 0 || runner.drainSent().length > 0 }
}

function given(whole: ReadonlyMap<string, Uint8Array>, apart: ReadonlyMap<string, Uint8Array>): Pick<StagePages, 'whole' | 'apart'> {
  const pages = (of: ReadonlyMap<string, Uint8Array>): KeptPage[] => Array.from(of, ([key, value]) => ({ key, value }))
  return { whole: pages(whole), apart: pages(apart) }
}

function pagesUnder(log: Pick<RunLog, 'entries'>, prefix: string): Map<string, Uint8Array> {
  return new Map(Array.from(log.entries(prefix), ({ key, value }) => [key.slice(prefix.length), new Uint8Array(value)]))
}

import { checkPlan, type PlanResult, type Value } from '@millrace/core'
import { type PreparedCase, prepareCase } from '@millrace/testkit'
import { events, type NexmarkEvent } from '../../examples/nexmark/generator/event.ts'
import { SETTINGS, type Settings } from '../../examples/nexmark/generator/settings.ts'
import { QUERIES } from '../../examples/nexmark/query/index.ts'
import type { Query } from '../../examples/nexmark/query.ts'
import { randomOf } from '../stream/log-fixture.ts'
import { type Events, eventsBySource, NAIVE_ANSWERS } from './naive-answers.ts'

export const QUERY_LIST: readonly Query[] = QUERIES

export interface Series {
  readonly settings: Partial<Settings>
  /** Number of the first event. */
  readonly from: number
  readonly count: number
}

/** Few people and auctions at few events a second, so that a small series spans many windows and has ties, and newcomers sell. */
const DENSE: Partial<Settings> = { rate: 25, auctionsInFlight: 12, peopleActive: 8, hotSellerRatio: 1 }

export function seriesOf({ settings, from, count }: Series): NexmarkEvent[] {
  return [...events({ from, to: from + count }, { ...SETTINGS, ...DENSE, ...settings })]
}

/** A query over events, which fall to splits at random, as one case; sources that it does not read are left out. */
export function caseOf({ plan }: Query, all: readonly NexmarkEvent[], { splits, seed }: { splits: number; seed: number }): PreparedCase {
  const random = randomOf(seed)
  const lines = all.map(({ source, row }) => ({ source, split: random(splits), row: { ...row } }))
  const read = new Set(plan.sources.map(({ name }) => name))
  return prepareCase({
    plan: { ...plan, sources: plan.sources.map((source) => ({ ...source, splits })) },
    lines: lines.filter(({ source }) => read.has(source)),
  })
}

/** A query's answer as its result, by loops that know nothing of the plan but the names of its columns. */
export function naiveResult({ name, plan }: Query, all: readonly NexmarkEvent[]): PlanResult {
  const columns = checkPlan(plan).output.fields
  const found: Events = eventsBySource(all)
  return {
    columns,
    rows: NAIVE_ANSWERS[name](found).map((row) => columns.map((column) => row[column.name] as Value)),
    late: [],
  }
}

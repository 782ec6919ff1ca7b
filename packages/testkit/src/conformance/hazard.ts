import type { PlanNode } from '@millrace/core'
import type { PlanRunLine } from '../case/plan-case.ts'
import { aggregated, COUNT, event, type FlowText, flow, SUM, stamped } from './flow.ts'
import type { Scenario } from './scenario.ts'

export const YEAR_1 = Date.parse('0001-01-01T00:00:00.000Z')
export const YEAR_9999 = Date.parse('9999-12-31T00:00:00.000Z')

/** Inputs on which engines are known to part ways. */
const HAZARDS = {
  'no rows': [],
  'one row': [event(5, 'a', 1)],
  'equal times': [event(5, 'a', 1), event(5, 'a', 2), event(5, 'b', 4), event(5, 'a', 8)],
  'rows that are the same': [event(5, 'a', 1, true), event(5, 'a', 1, true)],
  nulls: [event(5, null, 1), event(6, null, null), event(7, 'a', null)],
  'rows that are all late': [stamped(2000, event(5, 'a', 1)), stamped(2000, event(6, 'a', 2))],
  'times before 1970': [event(-25, 'a', 1), event(-8, 'a', 2), event(-1, 'a', 4)],
  'huge gaps': [event(YEAR_1, 'a', 1), event(0, 'a', 2), event(YEAR_9999, 'a', 4)],
} satisfies Readonly<Record<string, readonly PlanRunLine[]>>

type Hazard = keyof typeof HAZARDS
type Rows = FlowText['rows']

/** What a node makes of each hazard; of the rows that are all late, each is refused by the node of this id where there is one. */
export interface Outcome {
  readonly about: string
  readonly nodes: readonly PlanNode[]
  readonly judge?: string
  /** Windows that each of them misses; 1 when left out. */
  readonly missed?: number
  readonly rows: Readonly<Record<Hazard, Rows>>
}

/** A scenario per hazard. */
export function hazardScenarios({ about, nodes, judge, missed, rows }: Outcome): readonly Scenario[] {
  return (Object.keys(HAZARDS) as Hazard[]).map((hazard) =>
    flow(`${about} over ${hazard}`, {
      nodes,
      input: HAZARDS[hazard],
      rows: rows[hazard],
      late:
        hazard === 'rows that are all late' && judge !== undefined
          ? [
              [0, judge, 'all', missed],
              [1, judge, 'all', missed],
            ]
          : [],
    }),
  )
}

export const windowed = (about: string, window: Parameters<typeof aggregated>[2], rows: Outcome['rows']): Outcome => ({
  about,
  nodes: [aggregated('w', 'events', window, { aggregates: [COUNT, SUM] })],
  judge: ['all', 'calendar'].includes(window.kind) ? undefined : 'w',
  rows,
})

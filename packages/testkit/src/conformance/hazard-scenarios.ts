import type { PlanNode } from '@millrace/core'
import type { PlanRunLine } from '../case/plan-case.ts'
import { aggregated, COUNT, event, type FlowText, flow, projected, SUM, stamped } from './flow.ts'
import type { Scenario } from './scenario.ts'

const YEAR_1 = Date.parse('0001-01-01T00:00:00.000Z')
const YEAR_9999 = Date.parse('9999-12-31T00:00:00.000Z')

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
interface Outcome {
  readonly about: string
  readonly nodes: readonly PlanNode[]
  readonly judge?: string
  readonly rows: Readonly<Record<Hazard, Rows>>
}

function scenarios({ about, nodes, judge, rows }: Outcome): readonly Scenario[] {
  return (Object.keys(HAZARDS) as Hazard[]).map((hazard) =>
    flow(`${about} over ${hazard}`, {
      nodes,
      input: HAZARDS[hazard],
      rows: rows[hazard],
      late:
        hazard === 'rows that are all late' && judge !== undefined
          ? [
              [0, judge],
              [1, judge],
            ]
          : [],
    }),
  )
}

const windowed = (about: string, window: Parameters<typeof aggregated>[2], rows: Outcome['rows']): Outcome => ({
  about,
  nodes: [aggregated('w', 'events', window, { aggregates: [COUNT, SUM] })],
  judge: ['all', 'calendar'].includes(window.kind) ? undefined : 'w',
  rows,
})
/** The rows beside their own past. */
const PAST = projected('past', 'events', ['ts2', 'ts1'], ['txt2', 'txt1'], ['int2', 'int1'])
const PAIRS = projected('out', 'j', 'int1', 'int2')
const DAY_MS = 86_400_000

const OUTCOMES: readonly Outcome[] = [
  windowed(
    'a tumbling window',
    { kind: 'tumbling', size_ms: 10 },
    {
      'no rows': [],
      'one row': [[0, 10, 'a', 1, 1]],
      'equal times': [
        [0, 10, 'a', 3, 11],
        [0, 10, 'b', 1, 4],
      ],
      'rows that are the same': [[0, 10, 'a', 2, 2]],
      nulls: [
        [0, 10, null, 2, 1],
        [0, 10, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-30, -20, 'a', 1, 1],
        [-10, 0, 'a', 2, 6],
      ],
      'huge gaps': [
        [YEAR_1, YEAR_1 + 10, 'a', 1, 1],
        [0, 10, 'a', 1, 2],
        [YEAR_9999, YEAR_9999 + 10, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a session',
    { kind: 'session', gap_ms: 10 },
    {
      'no rows': [],
      'one row': [[5, 15, 'a', 1, 1]],
      'equal times': [
        [5, 15, 'a', 3, 11],
        [5, 15, 'b', 1, 4],
      ],
      'rows that are the same': [[5, 15, 'a', 2, 2]],
      nulls: [
        [5, 16, null, 2, 1],
        [7, 17, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-25, -15, 'a', 1, 1],
        [-8, 9, 'a', 2, 6],
      ],
      'huge gaps': [
        [YEAR_1, YEAR_1 + 10, 'a', 1, 1],
        [0, 10, 'a', 1, 2],
        [YEAR_9999, YEAR_9999 + 10, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a session that spans everything',
    { kind: 'session', gap_ms: 100_000_000_000_000 },
    {
      'no rows': [],
      'one row': [[5, 100_000_000_000_005, 'a', 1, 1]],
      'equal times': [
        [5, 100_000_000_000_005, 'a', 3, 11],
        [5, 100_000_000_000_005, 'b', 1, 4],
      ],
      'rows that are the same': [[5, 100_000_000_000_005, 'a', 2, 2]],
      nulls: [
        [5, 100_000_000_000_006, null, 2, 1],
        [7, 100_000_000_000_007, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [[-25, 99_999_999_999_999, 'a', 3, 7]],
      'huge gaps': [
        [YEAR_1, 100_000_000_000_000, 'a', 2, 3],
        [YEAR_9999, YEAR_9999 + 100_000_000_000_000, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a local day',
    { kind: 'calendar', unit: 'day', zone: 'Etc/GMT-1' },
    {
      'no rows': [],
      'one row': [[-3_600_000, 82_800_000, 'a', 1, 1]],
      'equal times': [
        [-3_600_000, 82_800_000, 'a', 3, 11],
        [-3_600_000, 82_800_000, 'b', 1, 4],
      ],
      'rows that are the same': [[-3_600_000, 82_800_000, 'a', 2, 2]],
      nulls: [
        [-3_600_000, 82_800_000, null, 2, 1],
        [-3_600_000, 82_800_000, 'a', 1, null],
      ],
      'rows that are all late': [[-3_600_000, 82_800_000, 'a', 2, 3]],
      'times before 1970': [[-3_600_000, 82_800_000, 'a', 3, 7]],
      'huge gaps': [
        [YEAR_1 - 3_600_000, YEAR_1 + DAY_MS - 3_600_000, 'a', 1, 1],
        [-3_600_000, 82_800_000, 'a', 1, 2],
        [YEAR_9999 - 3_600_000, YEAR_9999 + DAY_MS - 3_600_000, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'an aggregate over everything',
    { kind: 'all' },
    {
      'no rows': [],
      'one row': [['a', 1, 1]],
      'equal times': [
        ['a', 3, 11],
        ['b', 1, 4],
      ],
      'rows that are the same': [['a', 2, 2]],
      nulls: [
        [null, 2, 1],
        ['a', 1, null],
      ],
      'rows that are all late': [['a', 2, 3]],
      'times before 1970': [['a', 3, 7]],
      'huge gaps': [['a', 3, 7]],
    },
  ),
  {
    about: 'an over-aggregate',
    nodes: [
      { id: 'o', kind: 'over-aggregate', input: 'events', keys: ['txt1'], range_ms: 10, aggregates: [COUNT, SUM] },
      projected('out', 'o', 'int1', 'n', 'total'),
    ],
    judge: 'o',
    rows: {
      'no rows': [],
      'one row': [[1, 1, 1]],
      'equal times': [
        [1, 3, 11],
        [2, 3, 11],
        [4, 1, 4],
        [8, 3, 11],
      ],
      'rows that are the same': [
        [1, 2, 2],
        [1, 2, 2],
      ],
      nulls: [
        [1, 1, 1],
        [null, 2, 1],
        [null, 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, 1, 1],
        [2, 1, 2],
        [4, 2, 6],
      ],
      'huge gaps': [
        [1, 1, 1],
        [2, 1, 2],
        [4, 1, 4],
      ],
    },
  },
  {
    about: 'a dedupe',
    nodes: [{ id: 'd', kind: 'dedupe', input: 'events', keys: ['txt1'], horizon_ms: 10 }, projected('out', 'd', 'txt1', 'int1')],
    judge: 'd',
    rows: {
      'no rows': [],
      'one row': [['a', 1]],
      'equal times': [
        ['a', 1],
        ['b', 4],
      ],
      'rows that are the same': [['a', 1]],
      nulls: [
        [null, 1],
        ['a', null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        ['a', 1],
        ['a', 2],
      ],
      'huge gaps': [
        ['a', 1],
        ['a', 2],
        ['a', 4],
      ],
    },
  },
  {
    about: 'current rows',
    nodes: [{ id: 'c', kind: 'latest', input: 'events', keys: ['txt1'] }, projected('out', 'c', 'txt1', 'int1')],
    rows: {
      'no rows': [],
      'one row': [['a', 1]],
      'equal times': [
        ['a', 8],
        ['b', 4],
      ],
      'rows that are the same': [['a', 1]],
      nulls: [
        [null, null],
        ['a', null],
      ],
      'rows that are all late': [['a', 2]],
      'times before 1970': [['a', 4]],
      'huge gaps': [['a', 4]],
    },
  },
  {
    about: 'a top-n',
    nodes: [
      { id: 'c', kind: 'latest', input: 'events', keys: ['txt1', 'int1'] },
      { id: 't', kind: 'top-n', input: 'c', per: ['txt1'], order_by: [['int1', 'desc']], n: 2, rank: 'place' },
      projected('out', 't', 'txt1', 'int1', 'place'),
    ],
    rows: {
      'no rows': [],
      'one row': [['a', 1, 1]],
      'equal times': [
        ['a', 8, 1],
        ['a', 2, 2],
        ['b', 4, 1],
      ],
      'rows that are the same': [['a', 1, 1]],
      nulls: [
        [null, 1, 1],
        [null, null, 2],
        ['a', null, 1],
      ],
      'rows that are all late': [
        ['a', 2, 1],
        ['a', 1, 2],
      ],
      'times before 1970': [
        ['a', 4, 1],
        ['a', 2, 2],
      ],
      'huge gaps': [
        ['a', 4, 1],
        ['a', 2, 2],
      ],
    },
  },
  {
    about: 'a union',
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'events'] }, aggregated('w', 'u', { kind: 'all' }, { aggregates: [COUNT, SUM] })],
    rows: {
      'no rows': [],
      'one row': [['a', 2, 2]],
      'equal times': [
        ['a', 6, 22],
        ['b', 2, 8],
      ],
      'rows that are the same': [['a', 4, 4]],
      nulls: [
        [null, 4, 2],
        ['a', 2, null],
      ],
      'rows that are all late': [['a', 4, 6]],
      'times before 1970': [['a', 6, 14]],
      'huge gaps': [['a', 6, 14]],
    },
  },
  {
    about: 'an interval join',
    nodes: [
      PAST,
      {
        id: 'j',
        kind: 'join',
        type: 'interval',
        left: 'events',
        right: 'past',
        on: [['txt1', 'txt2']],
        how: 'left',
        lower_ms: -10,
        upper_ms: -1,
      },
      PAIRS,
    ],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, null],
        [4, null],
        [8, null],
      ],
      'rows that are the same': [
        [1, null],
        [1, null],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, null],
        [2, null],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, null],
        [4, null],
      ],
    },
  },
  {
    about: 'an as-of join',
    nodes: [PAST, { id: 'j', kind: 'join', type: 'as-of', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left' }, PAIRS],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, 1]],
      'equal times': [
        [1, 8],
        [2, 8],
        [4, 4],
        [8, 8],
      ],
      'rows that are the same': [
        [1, 1],
        [1, 1],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, 1],
        [2, 2],
        [4, 4],
      ],
      'huge gaps': [
        [1, 1],
        [2, 2],
        [4, 4],
      ],
    },
  },
  {
    about: 'a strict as-of join',
    nodes: [
      PAST,
      { id: 'j', kind: 'join', type: 'as-of', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left', strict: true },
      PAIRS,
    ],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, null],
        [4, null],
        [8, null],
      ],
      'rows that are the same': [
        [1, null],
        [1, null],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
    },
  },
  {
    about: 'a lookup',
    nodes: [PAST, { id: 'j', kind: 'join', type: 'lookup', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left' }, PAIRS],
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, 1],
        [4, null],
        [8, 2],
      ],
      'rows that are the same': [
        [1, null],
        [1, 1],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [
        [1, null],
        [2, 1],
      ],
      'times before 1970': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
    },
  },
]

export const HAZARD_SCENARIOS: readonly Scenario[] = OUTCOMES.flatMap(scenarios)

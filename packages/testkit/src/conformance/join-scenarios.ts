import type { JoinNode, PlanNode, PlanSource } from '@millrace/core'
import type { PlanRunLine } from '../case/plan-case.ts'
import { call, col, type GraphText, graphScenario, lit, type Scenario } from './scenario.ts'

const YEAR_MS = 31_536_000_000

/** Two sources of the same kind, keyed by text; no column of one is called as one of the other. */
const LEFTS: PlanSource = {
  name: 'lefts',
  event_time: 'ts1',
  key: ['txt1'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'int1', type: 'int32', nullable: true },
  ],
}
const RIGHTS: PlanSource = {
  name: 'rights',
  event_time: 'ts2',
  key: ['txt2'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: 'ts2', type: 'timestamp' },
    { name: 'txt2', type: 'string', nullable: true },
    { name: 'big2', type: 'int64', nullable: true },
  ],
}

function left(ts1: number, int1: number | null = null, txt1: string | null = 'a'): PlanRunLine {
  return { source: 'lefts', row: { ts1, txt1, int1 } }
}

function right(ts2: number, big2: number | string | null = null, txt2: string | null = 'a'): PlanRunLine {
  return { source: 'rights', row: { ts2, txt2, big2 } }
}

function join(bounds: readonly [lower: number, upper: number], changes: Partial<JoinNode> = {}): JoinNode {
  const [lower_ms, upper_ms] = bounds
  return { id: 'j', kind: 'join', left: 'lefts', right: 'rights', on: [['txt1', 'txt2']], type: 'interval', lower_ms, upper_ms, ...changes }
}

/** The columns that tell pairs apart. */
const NUMBERS: PlanNode = {
  id: 'out',
  kind: 'project',
  input: 'j',
  columns: [
    { name: 'int1', expr: col('int1') },
    { name: 'big2', expr: col('big2') },
  ],
}

interface JoinText extends Pick<GraphText, 'input' | 'late' | 'mode'> {
  readonly join: JoinNode
  readonly sources?: readonly [PlanSource, PlanSource]
  /** The `int1` and `big2` of each row out. */
  readonly pairs: readonly (readonly [int1: number | null, big2: number | string | null])[]
}

function paired(name: string, text: JoinText): Scenario {
  const rows = text.pairs.map(([int1, big2]) => ({ int1, big2 }))
  return graphScenario(name, { ...text, sources: text.sources ?? [LEFTS, RIGHTS], nodes: [text.join, NUMBERS], rows })
}

const TIME: readonly Scenario[] = [
  paired('an interval join takes both of its bounds in', {
    join: join([-5, 10]),
    input: [left(100, 1), right(94, 94), right(95, 95), right(110, 110), right(111, 111)],
    pairs: [
      [1, 95],
      [1, 110],
    ],
  }),
  paired('an interval join of bounds 0 and 0 takes equal times only', {
    join: join([0, 0]),
    input: [left(10, 1), left(11, 2), right(9, 1), right(10, 2), right(12, 3)],
    pairs: [[1, 2]],
  }),
  paired('bounds above 0 leave equal times out', {
    join: join([1, 5]),
    input: [left(10, 1), right(10, 10), right(11, 11), right(15, 15), right(16, 16)],
    pairs: [
      [1, 11],
      [1, 15],
    ],
  }),
  paired('bounds below 0 take right rows that came before', {
    join: join([-5, -1]),
    input: [right(4, 4), right(5, 5), right(9, 9), right(10, 10), left(10, 1)],
    pairs: [
      [1, 5],
      [1, 9],
    ],
  }),
  paired('equal bounds take one distance', {
    join: join([7, 7]),
    input: [left(0, 1), left(1, 2), right(7, 7), right(8, 8), right(9, 9)],
    pairs: [
      [1, 7],
      [2, 8],
    ],
  }),
  paired('an interval join goes across 1970', {
    join: join([-3, 3]),
    input: [left(-2, 1), left(-1, 2), right(-6, -6), right(-5, -5), right(2, 2)],
    pairs: [
      [1, -5],
      [2, 2],
    ],
  }),
  paired('an interval join of a year’s width spans a year of silence', {
    join: join([0, YEAR_MS]),
    input: [left(0, 1), left(YEAR_MS, 2), right(YEAR_MS, 10), right(2 * YEAR_MS, 20), right(2 * YEAR_MS + 1, 21)],
    pairs: [
      [1, 10],
      [2, 10],
      [2, 20],
    ],
  }),
  paired('the order of arrival does not matter to an interval join', {
    join: join([-5, 5]),
    input: [right(0, 1), right(100, 2), left(3, 1), left(97, 2), left(103, 3)],
    pairs: [
      [1, 1],
      [2, 2],
      [3, 2],
    ],
  }),
]

const KEYS: readonly Scenario[] = [
  paired('rows of different keys do not join', {
    join: join([-5, 5]),
    input: [left(0, 1, 'a'), left(0, 2, 'b'), left(0, 3, 'A'), right(0, 10, 'b'), right(0, 20, 'c')],
    pairs: [[2, 10]],
  }),
  paired('null keys never join, not even each other', {
    join: join([0, 0]),
    input: [left(0, 1, null), left(0, 2, ''), right(0, 10, null), right(0, 20, '')],
    pairs: [[2, 20]],
  }),
  paired('each of several equal rows joins each of several others', {
    join: join([0, 0]),
    input: [left(0, 1), left(0, 1), right(0, 7), right(0, 7), right(0, 8)],
    pairs: [
      [1, 7],
      [1, 7],
      [1, 7],
      [1, 7],
      [1, 8],
      [1, 8],
    ],
  }),
  paired('an int32 joins an int64 of its value', {
    sources: [
      { ...LEFTS, key: ['int1'] },
      { ...RIGHTS, key: ['big2'] },
    ],
    join: join([0, 0], { on: [['int1', 'big2']] }),
    input: [left(0, -1), left(0, 2), left(0, 3), right(0, -1), right(0, 2), right(0, '4294967298')],
    pairs: [
      [-1, -1],
      [2, 2],
    ],
  }),
  paired('rows join on several columns when all are equal', {
    join: join([0, 0], {
      on: [
        ['txt1', 'txt2'],
        ['int1', 'big2'],
      ],
    }),
    input: [left(0, 1, 'a'), left(0, 2, 'a'), left(0, null, 'a'), right(0, 1, 'a'), right(0, 2, 'b'), right(0, null, 'a')],
    pairs: [[1, 1]],
  }),
  paired('without columns to join on time alone decides', {
    sources: [
      { ...LEFTS, key: [] },
      { ...RIGHTS, key: [] },
    ],
    join: join([5, 5], { on: [] }),
    input: [left(0, 1, 'a'), left(1, 2, null), right(5, 5, 'b'), right(6, 6, null)],
    pairs: [
      [1, 5],
      [2, 6],
    ],
  }),
]

const SIDES: readonly Scenario[] = [
  paired('an inner join with nothing gives nothing', { join: join([-9, 9]), input: [left(0, 1), left(5, 2)], pairs: [] }),
  paired('a left join with nothing gives each left row with nulls', {
    join: join([-9, 9], { how: 'left' }),
    input: [left(0, 1), left(5, 2), left(5, 2)],
    pairs: [
      [1, null],
      [2, null],
      [2, null],
    ],
  }),
  paired('a left join of nothing gives nothing', { join: join([-9, 9], { how: 'left' }), input: [right(0, 1), right(5, 2)], pairs: [] }),
  paired('a left join gives a row with nulls only where no partner is', {
    join: join([0, 5], { how: 'left' }),
    input: [left(0, 1), left(10, 2), left(20, 3), right(5, 5), right(16, 16), right(20, 20), right(21, 21)],
    pairs: [
      [1, 5],
      [2, null],
      [3, 20],
      [3, 21],
    ],
  }),
  paired('a left join keeps left rows with null keys, without a partner', {
    join: join([0, 0], { how: 'left' }),
    input: [left(0, 1, null), left(0, 2, 'a'), right(0, 10, null), right(0, 20, 'a')],
    pairs: [
      [1, null],
      [2, 20],
    ],
  }),
  paired('one row on either side is one pair', { join: join([-1, 1]), input: [left(0, 1), right(1, 2)], pairs: [[1, 2]] }),
  graphScenario('a join gives all left columns, then all right columns', {
    sources: [LEFTS, RIGHTS],
    nodes: [join([0, 9], { how: 'left' })],
    input: [left(0, 1), right(9, '9007199254740993'), left(10, 2, 'b')],
    rows: [
      { ts1: 0, txt1: 'a', int1: 1, ts2: 9, txt2: 'a', big2: '9007199254740993' },
      { ts1: 10, txt1: 'b', int1: 2, ts2: null, txt2: null, big2: null },
    ],
  }),
]

const LATE: readonly Scenario[] = [
  paired('a row is late for a join when its time lies before its watermark; equal is on time', {
    join: join([-100, 100]),
    input: [left(10, 1), left(9, 2), left(10, 3), right(20, 20), right(20, 21), right(19, 19)],
    pairs: [
      [1, 20],
      [1, 21],
      [3, 20],
      [3, 21],
    ],
    late: [
      [1, 'all', 1, 'j'],
      [5, 'all', 1, 'j'],
    ],
  }),
  paired('a late left row has no row of its own in a left join', {
    join: join([0, 0], { how: 'left' }),
    input: [left(10, 1), left(3, 2)],
    pairs: [[1, null]],
    late: [[1, 'all', 1, 'j']],
  }),
  paired('a late right row is no partner', {
    join: join([-5, 5], { how: 'left' }),
    input: [left(0, 1), right(50, 50), right(0, 10)],
    pairs: [[1, null]],
    late: [[2, 'all', 1, 'j']],
  }),
  paired('when all rows are late nothing joins', {
    join: join([-5, 5], { how: 'left' }),
    input: [
      { ...left(0, 1), watermark: 1 },
      { ...right(0, 2), watermark: 1 },
    ],
    pairs: [],
    late: [
      [0, 'all', 1, 'j'],
      [1, 'all', 1, 'j'],
    ],
  }),
  paired('the watermark of one source makes no row of the other late', {
    join: join([0, 0]),
    input: [right(1_000, 1), left(0, 1), left(1_000, 2)],
    pairs: [[2, 1]],
  }),
  paired('exactly, a late row joins', {
    join: join([0, 0]),
    input: [left(10, 1), right(10, 10), left(3, 2), right(3, 3)],
    pairs: [
      [1, 10],
      [2, 3],
    ],
    mode: 'exact',
  }),
  graphScenario('a row that a filter drops is not late for the join behind it', {
    sources: [LEFTS, RIGHTS],
    nodes: [
      { id: 'kept', kind: 'filter', input: 'lefts', where: call('gt', col('int1'), lit(0)) },
      join([0, 0], { left: 'kept' }),
      NUMBERS,
    ],
    input: [left(10, 1), left(3, 0), left(4, 2), right(10, 10)],
    rows: [{ int1: 1, big2: 10 }],
    late: [[2, 'all', 1, 'j']],
  }),
]

const ITSELF: PlanNode = {
  id: 'again',
  kind: 'project',
  input: 'lefts',
  columns: [
    { name: 'txt2', expr: col('txt1') },
    { name: 'big2', expr: call('add', col('int1'), lit(100)) },
  ],
}

const SHAPES: readonly Scenario[] = [
  graphScenario('a source joins itself', {
    sources: [LEFTS],
    nodes: [ITSELF, join([0, 5], { right: 'again' }), NUMBERS],
    input: [left(0, 1), left(5, 2), left(6, 3)],
    rows: [
      { int1: 1, big2: 101 },
      { int1: 1, big2: 102 },
      { int1: 2, big2: 102 },
      { int1: 2, big2: 103 },
      { int1: 3, big2: 103 },
    ],
  }),
  graphScenario('a row that is late on both sides of a join is reported once', {
    sources: [LEFTS],
    nodes: [ITSELF, join([0, 5], { right: 'again' }), NUMBERS],
    input: [left(10, 1), left(0, 2)],
    rows: [{ int1: 1, big2: 101 }],
    late: [[1, 'all', 1, 'j']],
  }),
  graphScenario('a row is late for each join that refuses it', {
    sources: [LEFTS, RIGHTS],
    nodes: [
      join([0, 0], { id: 'first', how: 'left' }),
      {
        id: 'renamed',
        kind: 'project',
        input: 'lefts',
        columns: [
          { name: 'txt3', expr: col('txt1') },
          { name: 'int3', expr: col('int1') },
        ],
      },
      join([0, 0], { left: 'first', right: 'renamed', on: [['txt1', 'txt3']], how: 'left' }),
      {
        id: 'out',
        kind: 'project',
        input: 'j',
        columns: ['int1', 'big2', 'int3'].map((name) => ({ name, expr: col(name) })),
      },
    ],
    input: [left(10, 1), right(10, 10), left(3, 2)],
    rows: [{ int1: 1, big2: 10, int3: 1 }],
    late: [
      [2, 'all', 1, 'first'],
      [2, 'all', 1, 'j'],
    ],
  }),
]

/** The interval join of rows that still have their stamps. */
export const JOIN_SCENARIOS: readonly Scenario[] = [...TIME, ...KEYS, ...SIDES, ...LATE, ...SHAPES]

import type { Aggregate, PlanNode } from '@millrace/core'
import { call, col, EVENTS, filter, graphScenario, lit, project, row, type Scenario, type Step, scenario } from './scenario.ts'

const COUNT: Aggregate = { name: 'agg1', fn: 'count' }
const SUM: Aggregate = { name: 'agg2', fn: 'sum', args: [col('agg1')] }

function exchange(keys: readonly string[], partitions?: number): Step {
  return { kind: 'exchange', keys, ...(partitions === undefined ? {} : { partitions }) }
}

function tumbling(keys: readonly string[], aggregates: readonly Aggregate[] = [COUNT], size_ms = 10): Step {
  return { kind: 'window-aggregate', keys, window: { kind: 'tumbling', size_ms }, aggregates }
}

/** The window of 10 ms that starts at `start`. */
const window = (start: number, values: Record<string, unknown>) => ({ window_start: start, window_end: start + 10, ...values })

/** Rows of source key `txt1` and other key `txt2`, one a millisecond from 0. */
const crossed = (...keys: (readonly [txt1: string | null, txt2: string | null])[]) =>
  keys.map(([txt1, txt2], ts1) => row({ ts1, txt1, txt2 }))

const KEYS: readonly Scenario[] = [
  scenario('a window behind an exchange groups by another key than the source’s', {
    steps: [exchange(['txt2'], 4), tumbling(['txt2'])],
    input: crossed(['a', 'x'], ['b', 'x'], ['c', 'x'], ['a', 'y'], ['b', 'y'], ['d', 'x']),
    rows: [window(0, { txt2: 'x', agg1: 4 }), window(0, { txt2: 'y', agg1: 2 })],
  }),
  scenario('null keys meet behind an exchange, beside the empty text', {
    steps: [exchange(['txt2'], 3), tumbling(['txt2'])],
    input: crossed(['a', null], ['b', null], ['c', ''], [null, null]),
    rows: [window(0, { txt2: null, agg1: 3 }), window(0, { txt2: '', agg1: 1 })],
  }),
  scenario('an exchange on several keys serves a window on them in any order', {
    steps: [exchange(['txt2', 'int1'], 5), tumbling(['int1', 'txt2'])],
    input: [
      row({ txt1: 'a', txt2: 'x', int1: 1 }),
      row({ txt1: 'b', txt2: 'x', int1: 1 }),
      row({ txt1: 'c', txt2: 'x', int1: -1 }),
      row({ txt1: 'd', txt2: null, int1: 1 }),
    ],
    rows: [
      window(0, { int1: 1, txt2: 'x', agg1: 2 }),
      window(0, { int1: -1, txt2: 'x', agg1: 1 }),
      window(0, { int1: 1, txt2: null, agg1: 1 }),
    ],
  }),
  scenario('an exchange on one of the keys is enough', {
    steps: [exchange(['txt2'], 2), tumbling(['txt2', 'txt1'])],
    input: crossed(['a', 'x'], ['a', 'x'], ['b', 'x']),
    rows: [window(0, { txt2: 'x', txt1: 'a', agg1: 2 }), window(0, { txt2: 'x', txt1: 'b', agg1: 1 })],
  }),
  scenario('an exchange without keys brings all rows together', {
    steps: [exchange([]), tumbling([])],
    input: crossed(['a', 'x'], ['b', 'y'], [null, null]),
    rows: [window(0, { agg1: 3 })],
  }),
  scenario('an exchange takes each type that can be a key', {
    steps: [exchange(['big1', 'boo1', 'ts2', 'day1', 'byt1'], 7), tumbling(['big1', 'boo1', 'ts2', 'day1', 'byt1'])],
    input: ['a', 'b'].map((txt1) =>
      row({ txt1, big1: '-9223372036854775808', boo1: false, ts2: '1969-12-31T23:59:59.999Z', day1: '2024-02-29', byt1: '/wA=' }),
    ),
    rows: [
      window(0, { big1: '-9223372036854775808', boo1: false, ts2: '1969-12-31T23:59:59.999Z', day1: '2024-02-29', byt1: '/wA=', agg1: 2 }),
    ],
  }),
  scenario('integers that only int64 tells apart stay apart behind an exchange', {
    steps: [exchange(['big1'], 4), tumbling(['big1'])],
    input: ['9007199254740992', '9007199254740993', '9007199254740992'].map((big1, i) => row({ txt1: String(i), big1 })),
    rows: [window(0, { big1: '9007199254740992', agg1: 2 }), window(0, { big1: '9007199254740993', agg1: 1 })],
  }),
  scenario('an exchange on a computed key', {
    steps: [
      project(['txt_part', call('split', col('txt2'), lit('/'), lit(2))], 'int1'),
      exchange(['txt_part'], 4),
      tumbling(
        ['txt_part'],
        [
          { name: 'agg1', fn: 'count' },
          { name: 'agg3', fn: 'count', where: call('gte', col('int1'), lit(400)) },
        ],
      ),
    ],
    input: [
      row({ txt1: 'a', txt2: '/shop/1', int1: 200 }),
      row({ txt1: 'b', txt2: '/shop', int1: 404 }),
      row({ txt1: 'c', txt2: '/login', int1: 403 }),
      row({ txt1: 'd', txt2: 'nothing', int1: 500 }),
    ],
    rows: [
      window(0, { txt_part: 'shop', agg1: 2, agg3: 1 }),
      window(0, { txt_part: 'login', agg1: 1, agg3: 1 }),
      window(0, { txt_part: null, agg1: 1, agg3: 1 }),
    ],
  }),
]

const ROWS: readonly Scenario[] = [
  scenario('an exchange alone passes on every row, equal ones too', {
    steps: [exchange(['int1'], 4), project('int1', 'txt1')],
    input: [row({ int1: 1, txt1: 'a' }), row({ int1: 1, txt1: 'a' }), row({ int1: null, txt1: 'b' })],
    rows: [
      { int1: 1, txt1: 'a' },
      { int1: 1, txt1: 'a' },
      { int1: null, txt1: 'b' },
    ],
  }),
  scenario('an exchange of nothing gives nothing', { steps: [exchange(['txt2'], 4), tumbling(['txt2'])], input: [], rows: [] }),
  scenario('one row passes an exchange to more partitions than rows', {
    steps: [exchange(['txt2'], 64), tumbling(['txt2'])],
    input: crossed(['a', 'x']),
    rows: [window(0, { txt2: 'x', agg1: 1 })],
  }),
  scenario('windows behind an exchange before 1970 and after a year of silence', {
    steps: [exchange(['txt2'], 3), tumbling(['txt2'])],
    input: [-1, -10, -11, 31_536_000_000].map((ts1, i) => row({ ts1, txt1: String(i), txt2: 'x' }, { watermark: -1_000 })),
    rows: [window(-10, { txt2: 'x', agg1: 2 }), window(-20, { txt2: 'x', agg1: 1 }), window(31_536_000_000, { txt2: 'x', agg1: 1 })],
  }),
  scenario('exchanges in a row leave the rows to the last one’s key', {
    steps: [exchange(['int1'], 3), exchange(['txt2'], 5), filter(call('is_not_null', col('txt1'))), tumbling(['txt2'])],
    input: [row({ txt1: 'a', txt2: 'x', int1: 1 }), row({ txt1: 'b', txt2: 'x', int1: 2 }), row({ txt1: null, txt2: 'x', int1: 3 })],
    rows: [window(0, { txt2: 'x', agg1: 2 })],
  }),
]

const LATE: readonly Scenario[] = [
  scenario('rows keep their stamps through an exchange, so they can be late behind it', {
    steps: [exchange(['txt2'], 4), tumbling(['txt2'])],
    input: [
      row({ ts1: 0, txt1: 'a', txt2: 'x' }),
      row({ ts1: 10, txt1: 'b', txt2: 'y' }),
      row({ ts1: 9, txt1: 'c', txt2: 'x' }),
      row({ ts1: 10, txt1: 'd', txt2: 'x' }),
    ],
    rows: [window(0, { txt2: 'x', agg1: 1 }), window(10, { txt2: 'y', agg1: 1 }), window(10, { txt2: 'x', agg1: 1 })],
    late: [[2, 'all', 1]],
  }),
  scenario('behind an exchange each row is judged by its own stamp', {
    steps: [exchange(['txt2'], 4), tumbling(['txt2'])],
    input: [
      { ...row({ ts1: 5, txt1: 'a', txt2: 'x' }), watermark: 10 },
      { ...row({ ts1: 5, txt1: 'b', txt2: 'x' }), watermark: 9 },
      { ...row({ ts1: 5, txt1: 'c', txt2: 'x' }), watermark: 10 },
      { ...row({ ts1: 5, txt1: 'a', txt2: 'x' }), watermark: 9 },
    ],
    rows: [window(0, { txt2: 'x', agg1: 2 })],
    late: [
      [0, 'all', 1],
      [2, 'all', 1],
    ],
  }),
  scenario('behind an exchange a row misses some hopping windows and counts in the others', {
    steps: [
      exchange(['txt2'], 4),
      { kind: 'window-aggregate', keys: ['txt2'], window: { kind: 'hopping', size_ms: 30, every_ms: 10 }, aggregates: [COUNT] },
    ],
    input: [row({ ts1: 20, txt1: 'a', txt2: 'y' }), row({ ts1: 5, txt1: 'b', txt2: 'x' })],
    rows: [
      { window_start: 0, window_end: 30, txt2: 'y', agg1: 1 },
      { window_start: 10, window_end: 40, txt2: 'y', agg1: 1 },
      { window_start: 20, window_end: 50, txt2: 'y', agg1: 1 },
      { window_start: 0, window_end: 30, txt2: 'x', agg1: 1 },
    ],
    late: [[1, 'some', 2]],
  }),
  scenario('all rows behind an exchange can be late', {
    steps: [exchange(['txt2'], 2), tumbling(['txt2'])],
    input: [0, 1, 2].map((ts1) => row({ ts1, txt1: String(ts1), txt2: 'x' }, { watermark: 100 })),
    rows: [],
    late: [
      [0, 'all', 1],
      [1, 'all', 1],
      [2, 'all', 1],
    ],
  }),
  scenario('exactly, late rows count behind an exchange', {
    steps: [exchange(['txt2'], 4), tumbling(['txt2'])],
    input: [row({ ts1: 50, txt1: 'a', txt2: 'x' }), row({ ts1: 0, txt1: 'b', txt2: 'x' })],
    rows: [window(50, { txt2: 'x', agg1: 1 }), window(0, { txt2: 'x', agg1: 1 })],
    mode: 'exact',
  }),
  scenario('with several splits the slowest says what is late behind an exchange', {
    source: { splits: 2 },
    steps: [exchange(['txt2'], 4), tumbling(['txt2'])],
    input: [
      row({ ts1: 100, txt1: 'a', txt2: 'x' }),
      row({ ts1: 15, txt1: 'b', txt2: 'x' }, { split: 1 }),
      row({ ts1: 12, txt1: 'c', txt2: 'x' }),
      row({ ts1: 5, txt1: 'd', txt2: 'x' }),
      { split: 1, end: true },
      row({ ts1: 50, txt1: 'e', txt2: 'x' }),
    ],
    rows: [window(100, { txt2: 'x', agg1: 1 }), window(10, { txt2: 'x', agg1: 2 })],
    late: [
      [3, 'all', 1],
      [5, 'all', 1],
    ],
  }),
]

const WINDOWS: readonly Scenario[] = [
  scenario('an exchange between windows sums over all keys of the first', {
    steps: [tumbling(['txt1', 'txt2']), exchange(['txt2'], 4), tumbling(['txt2'], [SUM, COUNT], 20)],
    input: crossed(['a', 'x'], ['b', 'x'], ['a', 'x'], ['c', 'y'], [null, 'y']),
    rows: [
      { window_start: 0, window_end: 20, txt2: 'x', agg2: 3, agg1: 2 },
      { window_start: 0, window_end: 20, txt2: 'y', agg2: 2, agg1: 2 },
    ],
  }),
  scenario('rows of a window are never late behind an exchange', {
    steps: [tumbling(['txt1', 'txt2']), exchange(['txt2'], 4), tumbling(['txt2'], [SUM])],
    input: [
      row({ ts1: 500, txt1: 'a', txt2: 'x' }),
      row({ ts1: 5, txt1: 'b', txt2: 'x' }, { watermark: 4 }),
      row({ ts1: 7, txt1: 'c', txt2: 'x' }, { watermark: 9 }),
      row({ ts1: 8, txt1: 'b', txt2: 'x' }),
    ],
    rows: [window(500, { txt2: 'x', agg2: 1 }), window(0, { txt2: 'x', agg2: 2 })],
    late: [[3, 'all', 1]],
  }),
  scenario('exchanges before and behind a window', {
    steps: [exchange(['txt2'], 3), tumbling(['txt2', 'int1']), exchange(['int1'], 2), tumbling(['int1'], [SUM, COUNT], 20)],
    input: [
      row({ ts1: 0, txt1: 'a', txt2: 'x', int1: 1 }),
      row({ ts1: 1, txt1: 'b', txt2: 'x', int1: 1 }),
      row({ ts1: 12, txt1: 'a', txt2: 'y', int1: 1 }),
      row({ ts1: 13, txt1: 'a', txt2: 'y', int1: null }),
    ],
    rows: [
      { window_start: 0, window_end: 20, int1: 1, agg2: 3, agg1: 2 },
      { window_start: 0, window_end: 20, int1: null, agg2: 1, agg1: 1 },
    ],
  }),
  scenario('totals over everything from windows per key', {
    steps: [tumbling(['txt1']), exchange([]), tumbling([], [SUM, COUNT])],
    input: crossed(['a', null], ['b', null], ['a', null], ['c', null]),
    rows: [window(0, { agg2: 4, agg1: 3 })],
  }),
]

const byOther: PlanNode = { id: 'moved', kind: 'exchange', input: 'events', keys: ['txt2'], partitions: 4 }
const named = (id: string, input: string, columns: Readonly<Record<string, string>>): PlanNode => ({
  id,
  kind: 'project',
  input,
  columns: Object.entries(columns).map(([name, from]) => ({ name, expr: col(from) })),
})

const BRANCHES: readonly Scenario[] = [
  graphScenario('exchanges bring both sides of a join together', {
    sources: [EVENTS],
    nodes: [
      byOther,
      named('again', 'events', { key: 'txt1', int2: 'int1' }),
      { id: 'side', kind: 'exchange', input: 'again', keys: ['key'], partitions: 4 },
      { id: 'j', kind: 'join', left: 'moved', right: 'side', on: [['txt2', 'key']], type: 'interval', lower_ms: 0, upper_ms: 5 },
      named('out', 'j', { int1: 'int1', int2: 'int2' }),
    ],
    input: [
      row({ ts1: 0, txt1: 'a', txt2: 'b', int1: 1 }),
      row({ ts1: 3, txt1: 'b', txt2: 'c', int1: 2 }),
      row({ ts1: 6, txt1: 'b', txt2: 'a', int1: 3 }),
      row({ ts1: 7, txt1: 'c', txt2: 'c', int1: 4 }),
      row({ ts1: 1, txt1: 'c', txt2: 'c', int1: 5 }),
    ],
    rows: [
      { int1: 1, int2: 2 },
      { int1: 2, int2: 4 },
      { int1: 4, int2: 4 },
    ],
    late: [[4, 'all', 1, 'j']],
  }),
  graphScenario('a view by the source’s key joins the totals of another key', {
    sources: [EVENTS],
    nodes: [
      { id: 'now', ...tumbling(['txt1', 'txt2']), input: 'events' } as PlanNode,
      byOther,
      { id: 'all', ...tumbling(['txt2'], [{ name: 'agg_all', fn: 'count' }]), input: 'moved' } as PlanNode,
      named('side', 'all', { key: 'txt2', agg_all: 'agg_all' }),
      { id: 'back', kind: 'exchange', input: 'now', keys: ['txt2'], partitions: 4 },
      { id: 'j', kind: 'join', left: 'back', right: 'side', on: [['txt2', 'key']], type: 'interval', lower_ms: 0, upper_ms: 0 },
      named('out', 'j', { window_end: 'window_end', txt1: 'txt1', txt2: 'txt2', agg1: 'agg1', agg_all: 'agg_all' }),
    ],
    input: [
      ...crossed(['a', 'x'], ['b', 'x'], ['a', 'x'], ['a', 'y']),
      row({ ts1: 15, txt1: 'b', txt2: 'x' }),
      row({ ts1: 4, txt1: 'b', txt2: 'y' }),
    ],
    rows: [
      { window_end: 10, txt1: 'a', txt2: 'x', agg1: 2, agg_all: 3 },
      { window_end: 10, txt1: 'b', txt2: 'x', agg1: 1, agg_all: 3 },
      { window_end: 10, txt1: 'a', txt2: 'y', agg1: 1, agg_all: 1 },
      { window_end: 20, txt1: 'b', txt2: 'x', agg1: 1, agg_all: 1 },
    ],
    late: [
      [5, 'all', 1, 'all'],
      [5, 'all', 1, 'now'],
    ],
  }),
]

/** Rows that meet by another key than their source's, before, between and behind windows. */
export const EXCHANGE_SCENARIOS: readonly Scenario[] = [...KEYS, ...ROWS, ...LATE, ...WINDOWS, ...BRANCHES]

import type { Aggregate } from '@millrace/core'
import { call, col, filter, lit, project, row, type Scenario, type Step, scenario } from './scenario.ts'

const COUNT: Aggregate = { name: 'agg1', fn: 'count' }

function tumbling(
  aggregates: readonly Aggregate[],
  options: { readonly keys?: readonly string[]; readonly offset_ms?: number; readonly size_ms?: number } = {},
): Step {
  const { keys = ['txt1'], size_ms = 10, offset_ms } = options
  return { kind: 'window-aggregate', keys, window: { kind: 'tumbling', size_ms, offset_ms }, aggregates }
}

/** Rows of key `a` at these times. */
const at = (...times: number[]) => times.map((ts1) => row({ ts1, txt1: 'a' }))

/** A result row of key `a` in the window of 10 ms that starts at `start`. */
const window = (start: number, values: Record<string, unknown>, txt1: string | null = 'a') => ({
  window_start: start,
  window_end: start + 10,
  txt1,
  ...values,
})

function aggregated(
  name: string,
  aggregates: readonly Aggregate[],
  values: readonly Record<string, unknown>[],
  result: Record<string, unknown>,
): Scenario {
  return scenario(name, {
    steps: [tumbling(aggregates)],
    input: values.map((one) => row({ txt1: 'a', ...one })),
    rows: [window(0, result)],
  })
}

const GRID: readonly Scenario[] = [
  scenario('a tumbling window holds its start and not its end', {
    steps: [tumbling([COUNT])],
    input: at(0, 9, 10),
    rows: [window(0, { agg1: 2 }), window(10, { agg1: 1 })],
  }),
  scenario('tumbling windows before 1970 are cut downwards', {
    steps: [tumbling([COUNT])],
    input: at(-11, -10, -1, 0),
    rows: [window(-20, { agg1: 1 }), window(-10, { agg1: 2 }), window(0, { agg1: 1 })],
  }),
  scenario('an offset moves the grid of tumbling windows', {
    steps: [tumbling([COUNT], { offset_ms: 3 })],
    input: at(2, 3),
    rows: [window(-7, { agg1: 1 }), window(3, { agg1: 1 })],
  }),
  scenario('an offset below zero or beyond the size is the same grid', {
    steps: [tumbling([COUNT], { offset_ms: -17 })],
    input: at(2, 3),
    rows: [window(-7, { agg1: 1 }), window(3, { agg1: 1 })],
  }),
  scenario('a window of a day begins at midnight UTC', {
    steps: [tumbling([COUNT], { size_ms: 86_400_000 })],
    input: [row({ ts1: '2024-02-29T23:59:59.999Z', txt1: 'a' })],
    rows: [{ window_start: '2024-02-29T00:00:00.000Z', window_end: '2024-03-01T00:00:00.000Z', txt1: 'a', agg1: 1 }],
  }),
  scenario('windows without rows give no row, not even in a year of silence', {
    steps: [tumbling([COUNT])],
    input: at(0, 31_536_000_000),
    rows: [window(0, { agg1: 1 }), window(31_536_000_000, { agg1: 1 })],
  }),
  scenario('no rows give no windows', { steps: [tumbling([COUNT])], input: [], rows: [] }),
]

const KEYS: readonly Scenario[] = [
  scenario('each key has its own row of a window', {
    steps: [tumbling([COUNT])],
    input: [row({ txt1: 'a' }), row({ txt1: 'b' }), row({ txt1: 'a' })],
    rows: [window(0, { agg1: 2 }), window(0, { agg1: 1 }, 'b')],
  }),
  scenario('null keys form one group beside the empty text', {
    steps: [tumbling([COUNT])],
    input: [row({ txt1: null }), row({ txt1: '' }), row({ txt1: null })],
    rows: [window(0, { agg1: 2 }, null), window(0, { agg1: 1 }, '')],
  }),
  scenario('keys that differ in case or in composition are different keys', {
    steps: [tumbling([COUNT])],
    input: ['a', 'A', '\u{e9}', 'e\u{301}'].map((txt1) => row({ txt1 })),
    rows: ['a', 'A', '\u{e9}', 'e\u{301}'].map((txt1) => window(0, { agg1: 1 }, txt1)),
  }),
  scenario('a window without keys gives one row', {
    source: { key: [] },
    steps: [tumbling([COUNT], { keys: [] })],
    input: [row({ txt1: 'a' }), row({ txt1: 'b' })],
    rows: [{ window_start: 0, window_end: 10, agg1: 2 }],
  }),
  scenario('several keys group together, in the order of the node', {
    steps: [tumbling([COUNT], { keys: ['big1', 'txt1'] })],
    input: [row({ txt1: 'a', big1: '9007199254740993' }), row({ txt1: 'a', big1: '9007199254740992' }), row({ txt1: 'a', big1: null })],
    rows: ['9007199254740993', '9007199254740992', null].map((big1) => ({ window_start: 0, window_end: 10, big1, txt1: 'a', agg1: 1 })),
  }),
  scenario('a key appears though no aggregate counted its row', {
    steps: [
      tumbling([
        { ...COUNT, where: lit(false) },
        { name: 'agg2', fn: 'sum', args: [col('int1')], where: lit(null, 'boolean') },
      ]),
    ],
    input: [row({ txt1: 'a', int1: 1 })],
    rows: [window(0, { agg1: 0, agg2: null })],
  }),
]

const LATE: readonly Scenario[] = [
  scenario('a row is late when its window ends at the watermark', {
    steps: [tumbling([COUNT])],
    input: at(0, 10, 9),
    rows: [window(0, { agg1: 1 }), window(10, { agg1: 1 })],
    late: [[2, 'all', 1]],
  }),
  scenario('a row is on time when its window ends after the watermark', {
    steps: [tumbling([COUNT])],
    input: at(9, 0),
    rows: [window(0, { agg1: 2 })],
  }),
  scenario('exact counts late rows too', {
    mode: 'exact',
    steps: [tumbling([COUNT])],
    input: at(0, 10, 9),
    rows: [window(0, { agg1: 2 }), window(10, { agg1: 1 })],
  }),
  scenario('the watermark lags by the delay', {
    source: { watermark_delay_ms: 5 },
    steps: [tumbling([COUNT])],
    input: at(14, 9, 15, 8),
    rows: [window(0, { agg1: 1 }), window(10, { agg1: 2 })],
    late: [[3, 'all', 1]],
  }),
  scenario('nothing is late until every split has spoken', {
    source: { splits: 2 },
    steps: [tumbling([COUNT])],
    input: [...at(100, 0), { split: 1, row: { ts1: 50, txt1: 'a' } }, ...at(0, 45)],
    rows: [window(100, { agg1: 1 }), window(0, { agg1: 1 }), window(50, { agg1: 1 })],
    late: [
      [3, 'all', 1],
      [4, 'all', 1],
    ],
  }),
  scenario('a split that ended holds the watermark no longer', {
    source: { splits: 2 },
    steps: [tumbling([COUNT])],
    input: [{ split: 1, end: true }, ...at(100, 0)],
    rows: [window(100, { agg1: 1 })],
    late: [[2, 'all', 1]],
  }),
  scenario('a dead letter takes an arrival and moves no watermark', {
    steps: [tumbling([COUNT])],
    input: [...at(0), row({ ts1: 1000, txt1: 7 }), ...at(10, 5)],
    rows: [window(0, { agg1: 1 }), window(10, { agg1: 1 })],
    late: [[3, 'all', 1]],
  }),
  scenario('a row that a filter dropped is never late', {
    steps: [filter(call('gt', col('int1'), lit(0))), tumbling([COUNT])],
    input: [row({ ts1: 10, txt1: 'a', int1: 1 }), row({ ts1: 0, txt1: 'a', int1: 0 }), row({ ts1: 0, txt1: 'a', int1: 1 })],
    rows: [window(10, { agg1: 1 })],
    late: [[2, 'all', 1]],
  }),
  scenario('a jump of a year forward makes what follows late', {
    steps: [tumbling([COUNT])],
    input: at(0, 31_536_000_000, 1),
    rows: [window(0, { agg1: 1 }), window(31_536_000_000, { agg1: 1 })],
    late: [[2, 'all', 1]],
  }),
  scenario('a stamp that a row brings decides for this row', {
    steps: [tumbling([COUNT])],
    input: [...at(0), { watermark: 10, row: { ts1: 9, txt1: 'a' } }, ...at(8)],
    rows: [window(0, { agg1: 2 })],
    late: [[1, 'all', 1]],
  }),
]

const AGGREGATES: readonly Scenario[] = [
  aggregated(
    'count counts rows, count of a column its values',
    [COUNT, { name: 'agg2', fn: 'count', args: [col('int1')] }],
    [{ int1: 1 }, { int1: null }],
    { agg1: 2, agg2: 1 },
  ),
  aggregated(
    'an aggregate sees the rows whose where is true',
    [{ ...COUNT, where: call('gte', col('int1'), lit(400)) }],
    [{ int1: 399 }, { int1: 400 }, { int1: null }],
    { agg1: 1 },
  ),
  aggregated(
    'count_distinct counts distinct values and no null',
    [{ name: 'agg1', fn: 'count_distinct', args: [col('txt2')] }],
    [{ txt2: 'x' }, { txt2: '' }, { txt2: 'x' }, { txt2: null }],
    { agg1: 2 },
  ),
  aggregated(
    'count_distinct stops at max',
    [{ name: 'agg1', fn: 'count_distinct', args: [col('int1')], max: 2 }],
    [1, 2, 3, 4].map((int1) => ({ int1 })),
    { agg1: 2 },
  ),
  aggregated(
    'sums and averages of nulls are null',
    [
      { name: 'agg1', fn: 'sum', args: [col('int1')] },
      { name: 'agg2', fn: 'avg', args: [col('num1')] },
    ],
    [{}],
    { agg1: null, agg2: null },
  ),
  aggregated(
    'an integer sum may leave int64 on the way',
    [{ name: 'agg1', fn: 'sum', args: [col('big1')] }],
    ['9223372036854775807', 1, -1].map((big1) => ({ big1 })),
    { agg1: '9223372036854775807' },
  ),
  aggregated(
    'an integer sum that leaves int64 is null, and so is its average',
    [
      { name: 'agg1', fn: 'sum', args: [col('big1')] },
      { name: 'agg2', fn: 'avg', args: [col('big1')] },
    ],
    ['9223372036854775807', 1].map((big1) => ({ big1 })),
    { agg1: null, agg2: null },
  ),
  aggregated(
    'the average of integers is a double of their exact sum',
    [{ name: 'agg1', fn: 'avg', args: [col('big1')] }],
    ['9007199254740993', 1, 0, 0].map((big1) => ({ big1 })),
    { agg1: 2251799813685248.5 },
  ),
  aggregated(
    'the sum of doubles that leaves them is null',
    [{ name: 'agg1', fn: 'sum', args: [col('num1')] }],
    [{ num1: 1.7e308 }, { num1: 1.7e308 }],
    { agg1: null },
  ),
  aggregated(
    'min and max of text go by UTF-8 bytes',
    [
      { name: 'agg1', fn: 'min', args: [col('txt2')] },
      { name: 'agg2', fn: 'max', args: [col('txt2')] },
    ],
    ['b', '\u{ffff}', '\u{1f600}', null].map((txt2) => ({ txt2 })),
    { agg1: 'b', agg2: '\u{1f600}' },
  ),
  aggregated(
    'min and max take integers, doubles, times, dates and bytes',
    ['int1', 'big1', 'num1', 'ts2', 'day1', 'byt1'].flatMap((name, i): Aggregate[] => [
      { name: `min${i + 1}`, fn: 'min', args: [col(name)] },
      { name: `max${i + 1}`, fn: 'max', args: [col(name)] },
    ]),
    [
      { int1: -1, big1: '-9223372036854775808', num1: -0.5, ts2: -1, day1: '1969-12-31', byt1: '/w==' },
      { int1: 2, big1: '9223372036854775807', num1: 0.5, ts2: 1, day1: '1970-01-02', byt1: '' },
    ],
    {
      min1: -1,
      max1: 2,
      min2: '-9223372036854775808',
      max2: '9223372036854775807',
      min3: -0.5,
      max3: 0.5,
      min4: -1,
      max4: 1,
      min5: '1969-12-31',
      max5: '1970-01-02',
      min6: '',
      max6: '/w==',
    },
  ),
  aggregated(
    'aggregates take expressions',
    [{ name: 'agg1', fn: 'sum', args: [call('mul', col('int1'), lit(2))] }],
    [{ int1: 3 }, { int1: null }, { int1: 4 }],
    { agg1: 14 },
  ),
  scenario('a window without aggregates gives its keys', { steps: [tumbling([])], input: at(0, 1), rows: [window(0, {})] }),
  scenario('equal rows count each', {
    steps: [tumbling([COUNT])],
    input: Array.from({ length: 1000 }, () => row({ txt1: 'a' })),
    rows: [window(0, { agg1: 1000 })],
  }),
  scenario('nodes behind a window filter and compute its rows', {
    steps: [
      tumbling([COUNT]),
      filter(call('gt', col('agg1'), lit(1))),
      project('txt1', ['big_start', { cast: col('window_start'), to: 'int64' }]),
    ],
    input: at(0, 1, 25),
    rows: [{ txt1: 'a', big_start: 0 }],
  }),
]

export const TUMBLING_SCENARIOS: readonly Scenario[] = [...GRID, ...KEYS, ...LATE, ...AGGREGATES]

import type { Aggregate, Expr } from '@millrace/core'
import { call, col, filter, lit, row, type Scenario, type Step, scenario } from './scenario.ts'

const TUMBLING = { kind: 'tumbling', size_ms: 1000 } as const
const ALL = { kind: 'all' } as const

function aggregated(aggregates: readonly Aggregate[], window: Extract<Step, { kind: 'window-aggregate' }>['window'] = ALL): Step {
  return { kind: 'window-aggregate', keys: ['txt1'], window, aggregates }
}

const of = (name: string, fn: string, argument: Expr, more: Partial<Aggregate> = {}): Aggregate => ({ name, fn, args: [argument], ...more })
const share = (text: string): Expr => lit(text, 'double')

/** A scenario over rows of one key: aggregates over everything, and in one window. */
function gives(
  name: string,
  input: readonly Readonly<Record<string, unknown>>[],
  results: Readonly<Record<string, readonly [Omit<Aggregate, 'name'>, unknown]>>,
): readonly Scenario[] {
  const aggregates = Object.entries(results).map(([column, [aggregate]]) => ({ ...aggregate, name: column }))
  const found = Object.fromEntries(Object.entries(results).map(([column, [, result]]) => [column, result]))
  const lines = input.map((values) => row({ txt1: 'a', ...values }))
  return [
    scenario(name, { steps: [aggregated(aggregates)], input: lines, rows: [{ txt1: 'a', ...found }] }),
    scenario(`${name}, in a window`, {
      steps: [aggregated(aggregates, TUMBLING)],
      input: lines,
      rows: [{ window_start: 0, window_end: 1000, txt1: 'a', ...found }],
    }),
  ]
}

const PLACED: readonly Scenario[] = [
  ...gives(
    'first and last go by event time and then by arrival, over values that are not null',
    [
      { ts1: 5, int1: 1, txt2: 'x' },
      { ts1: 2, int1: null, txt2: null },
      { ts1: 2, int1: 3, txt2: 'y' },
      { ts1: 2, int1: 4, txt2: 'z' },
      { ts1: 5, int1: 5, txt2: null },
    ],
    {
      a: [of('', 'first', col('int1')), 3],
      b: [of('', 'last', col('int1')), 5],
      c: [of('', 'first', col('txt2')), 'y'],
      d: [of('', 'last', col('txt2')), 'x'],
      e: [of('', 'collect', col('int1')), [3, 4, 1, 5]],
      f: [of('', 'collect', col('txt2'), { max: 2 }), ['y', 'z']],
    },
  ),
  ...gives(
    'order_by goes before the event time; null is the least, descending the last',
    [
      { ts1: 1, int1: 1, big1: 2, num1: null },
      { ts1: 2, int1: 2, big1: null, num1: 1.5 },
      { ts1: 3, int1: 3, big1: '9007199254740993', num1: -1 },
      { ts1: 4, int1: 4, big1: '9007199254740992', num1: -1 },
    ],
    {
      a: [of('', 'collect', col('int1'), { order_by: [['big1', 'asc']] }), [2, 1, 4, 3]],
      b: [of('', 'collect', col('int1'), { order_by: [['big1', 'desc']] }), [3, 4, 1, 2]],
      c: [
        of('', 'collect', col('int1'), {
          order_by: [
            ['num1', 'asc'],
            ['int1', 'desc'],
          ],
        }),
        [1, 4, 3, 2],
      ],
      d: [of('', 'first', col('int1'), { order_by: [['num1', 'desc']] }), 2],
      e: [of('', 'last', col('int1'), { order_by: [['num1', 'desc']] }), 1],
    },
  ),
  ...gives(
    'text is in the order of its UTF-8 bytes, also where it holds zero bytes or begins another',
    ['a', 'ab', '', 'é', '\u{e000}', '\u{1f600}'].map((txt2, i) => ({ ts1: 9 - i, txt2 })),
    {
      a: [of('', 'collect', col('txt2'), { order_by: [['txt2', 'asc']] }), ['', 'a', 'ab', 'é', '\u{e000}', '\u{1f600}']],
      b: [of('', 'collect', col('txt2'), { order_by: [['txt2', 'desc']] }), ['\u{1f600}', '\u{e000}', 'é', 'ab', 'a', '']],
    },
  ),
  ...gives(
    'lists of every type are JSON',
    [
      {
        num1: 1e21,
        num2: 3,
        boo1: true,
        ts2: -1,
        day1: '0001-01-01',
        byt1: '/w==',
        dec1: '-0.5',
        json1: { a: 1 },
        list1: ['9007199254740993'],
        struct1: { a: 1 },
        txt2: '"\u001f\n',
      },
    ],
    {
      a: [of('', 'collect', col('num1')), [1e21]],
      b: [of('', 'collect', col('num2')), [3]],
      c: [of('', 'collect', col('boo1')), [true]],
      d: [of('', 'collect', col('ts2')), ['1969-12-31T23:59:59.999Z']],
      e: [of('', 'collect', col('day1')), ['0001-01-01']],
      f: [of('', 'collect', col('byt1')), ['/w==']],
      g: [of('', 'collect', col('dec1')), ['-0.50']],
      h: [of('', 'collect', col('json1')), [{ a: 1 }]],
      i: [of('', 'collect', col('list1')), [['9007199254740993']]],
      j: [of('', 'collect', col('struct1')), [{ a: 1, b: null }]],
      k: [of('', 'collect', col('txt2')), ['"\u001f\n']],
      l: [of('', 'first', col('struct1')), { a: 1, b: null }],
      m: [of('', 'last', col('byt1')), '/w=='],
      n: [of('', 'last', col('boo1')), true],
    },
  ),
  ...gives('aggregates of nothing are null, and counts are 0', [{ ts1: 1 }], {
    a: [of('', 'first', col('int1')), null],
    b: [of('', 'last', col('txt2')), null],
    c: [of('', 'collect', col('int1')), null],
    d: [of('', 'variance', col('num1')), null],
    e: [of('', 'stddev', col('num1')), null],
    f: [{ fn: 'quantile', args: [col('num1'), share('0.5')] }, null],
    g: [of('', 'approx_count_distinct', col('int1')), 0],
    h: [of('', 'sum', col('dec1')), null],
    i: [of('', 'min', col('dec1')), null],
    j: [of('', 'first', lit(7), { where: lit(false) }), null],
  }),
  scenario('rows without an arrival are in the order of all their columns', {
    steps: [
      { kind: 'window-aggregate', keys: ['txt1', 'int1'], window: TUMBLING, aggregates: [{ name: 'rows', fn: 'count' }] },
      {
        kind: 'window-aggregate',
        keys: ['txt1'],
        window: { kind: 'tumbling', size_ms: 10_000 },
        aggregates: [of('all', 'collect', col('int1')), of('last', 'last', col('rows')), of('first', 'first', col('int1'))],
      },
    ],
    input: [3, null, 1, 2, 1].map((int1) => row({ txt1: 'a', int1 })),
    rows: [{ window_start: 0, window_end: 10_000, txt1: 'a', all: [1, 2, 3], last: 1, first: 1 }],
  }),
  scenario('first and last hold over sliding windows, as tiles come and go', {
    steps: [
      aggregated([of('first', 'first', col('int1')), of('last', 'last', col('int1')), of('all', 'collect', col('int1'), { max: 2 })], {
        kind: 'hopping',
        size_ms: 2000,
        every_ms: 1000,
      }),
    ],
    input: [
      [0, 1],
      [1500, 2],
      [1000, 3],
      [2000, 4],
      [3500, null],
    ].map(([ts1, int1]) => row({ txt1: 'a', ts1, int1 }, { watermark: 0 })),
    rows: [
      { window_start: -1000, window_end: 1000, txt1: 'a', first: 1, last: 1, all: [1] },
      { window_start: 0, window_end: 2000, txt1: 'a', first: 1, last: 2, all: [1, 3] },
      { window_start: 1000, window_end: 3000, txt1: 'a', first: 3, last: 4, all: [3, 2] },
      { window_start: 2000, window_end: 4000, txt1: 'a', first: 4, last: 4, all: [4] },
      { window_start: 3000, window_end: 5000, txt1: 'a', first: null, last: null, all: null },
    ],
  }),
  scenario('a null that comes behind another value is a current row too', {
    steps: [
      { kind: 'window-aggregate', keys: ['txt1'], window: ALL, aggregates: [] },
      {
        kind: 'window-aggregate',
        keys: ['txt1'],
        window: ALL,
        aggregates: [of('last', 'last', col('txt1')), { name: 'rows', fn: 'count' }],
      },
    ],
    input: [row({ txt1: 'a' }), row({ txt1: null })],
    rows: [
      { txt1: 'a', last: 'a', rows: 1 },
      { txt1: null, last: null, rows: 1 },
    ],
  }),
  scenario('first and last know conditions', {
    steps: [
      filter(call('is_not_null', col('txt1'))),
      aggregated([of('a', 'last', col('int1'), { where: call('lt', col('int1'), lit(3)) })]),
    ],
    input: [1, 2, 3].map((int1) => row({ txt1: 'a', int1 })),
    rows: [{ txt1: 'a', a: 2 }],
  }),
]

const NUMBERS: readonly Scenario[] = [
  ...gives(
    'variance and stddev are of the sample',
    [1, 3].map((int1) => ({ int1, num1: 1e9 + int1, num2: 1e300, dec1: `${int1}.00` })),
    {
      a: [of('', 'variance', col('int1')), 2],
      b: [of('', 'variance', col('num1')), 2],
      c: [of('', 'variance', col('num2')), 0],
      d: [of('', 'variance', col('dec1')), 2],
      e: [of('', 'stddev', call('mul', col('int1'), lit(0))), 0],
      f: [of('', 'variance', call('sub', col('num2'), call('mul', col('num2'), col('int1')))), null],
    },
  ),
  ...gives('numbers whose sum leaves the doubles have a variance', [{ num1: 1.79e308 }, { num1: 1.79e308 }], {
    a: [of('', 'variance', col('num1')), 0],
    b: [of('', 'stddev', col('num1')), 0],
  }),
  ...gives('values that are equal have no variance, also where no double is their mean', [{ num1: 0.1 }, { num1: 0.1 }, { num1: 0.1 }], {
    a: [of('', 'variance', col('num1')), 0],
    b: [of('', 'stddev', col('num1')), 0],
  }),
  ...gives('variance and stddev of one value are null', [{ num1: 1 }], {
    a: [of('', 'variance', col('num1')), null],
    b: [of('', 'stddev', col('num1')), null],
  }),
  ...gives(
    'sums of decimals are exact, and null where 38 digits do not do',
    ['9'.repeat(28), '9'.repeat(28), `-${'9'.repeat(28)}`].map((whole) => ({ dec1: '0.10', dec2: `${whole}.9999999999` })),
    {
      a: [of('', 'sum', col('dec1')), '0.30'],
      b: [of('', 'sum', col('dec2')), `${'9'.repeat(28)}.9999999999`],
      c: [of('', 'avg', col('dec1')), 0.3 / 3],
      d: [of('', 'sum', col('dec2'), { where: call('gt', col('dec2'), lit(0)) }), null],
      e: [of('', 'min', col('dec2')), `-${'9'.repeat(28)}.9999999999`],
      f: [of('', 'max', col('dec1')), '0.10'],
      g: [of('', 'count_distinct', col('dec2')), 2],
      h: [of('', 'avg', col('dec2'), { where: call('gt', col('dec2'), lit(0)) }), null],
    },
  ),
  ...gives(
    'decimals are in the order of their size',
    ['9.00', '10.00', '-10.00', '-9.00'].map((dec1) => ({ dec1 })),
    {
      a: [of('', 'min', col('dec1')), '-10.00'],
      b: [of('', 'max', col('dec1')), '10.00'],
      c: [of('', 'collect', col('dec1'), { order_by: [['dec1', 'asc']] }), ['-10.00', '-9.00', '9.00', '10.00']],
    },
  ),
  ...gives(
    'few different values are counted exactly, and quantiles of zeros are exact',
    [0, 0, null, 0].map((int1, i) => ({ int1, txt2: String(i % 2) })),
    {
      a: [of('', 'approx_count_distinct', col('txt2')), 2],
      b: [of('', 'approx_count_distinct', col('int1')), 1],
      c: [{ fn: 'quantile', args: [col('int1'), share('0.5')] }, 0],
      d: [{ fn: 'quantile', args: [col('int1'), lit(1)] }, 0],
    },
  ),
]

export const AGGREGATE_SCENARIOS: readonly Scenario[] = [...PLACED, ...NUMBERS]

import { call, col, filter, lit, project, row, type Scenario, type Step, scenario } from './scenario.ts'

const tumbling: Step = {
  kind: 'window-aggregate',
  keys: [],
  window: { kind: 'tumbling', size_ms: 10 },
  aggregates: [{ name: 'agg1', fn: 'count' }],
}
const unkeyed = { key: [] }

export const PROJECT_SCENARIOS: readonly Scenario[] = [
  scenario('project gives exactly its columns in their order', {
    steps: [project('int1', 'txt1')],
    input: [row({ int1: 1, txt1: 'a', num1: 2 })],
    rows: [{ int1: 1, txt1: 'a' }],
  }),
  scenario('project renames a column', { steps: [project(['int_new', col('int1')])], input: [row({ int1: 1 })], rows: [{ int_new: 1 }] }),
  scenario('project computes from the columns that come in, not from its own', {
    steps: [project(['big1', col('big2')], ['big2', col('big1')])],
    input: [row({ big1: 1, big2: 2 })],
    rows: [{ big1: 2, big2: 1 }],
  }),
  scenario('project gives a literal for every row', {
    steps: [project(['txt_same', lit('x')])],
    input: [row({}), row({})],
    rows: [{ txt_same: 'x' }, { txt_same: 'x' }],
  }),
  scenario('project gives a typed null', {
    steps: [project(['int_none', lit(null, 'int32')])],
    input: [row({})],
    rows: [{ int_none: null }],
  }),
  scenario('project passes each type on unchanged', {
    steps: [project('ts1', 'txt1', 'int1', 'big1', 'num1', 'boo1', 'ts2', 'day1', 'byt1')],
    input: [
      row({
        ts1: -1,
        txt1: '\u{1f600}',
        int1: -2_147_483_648,
        big1: '9223372036854775807',
        num1: 5e-324,
        boo1: false,
        ts2: '0001-01-01T00:00:00.000Z',
        day1: '1969-12-31',
        byt1: '/w==',
      }),
    ],
    rows: [
      {
        ts1: -1,
        txt1: '\u{1f600}',
        int1: -2_147_483_648,
        big1: '9223372036854775807',
        num1: 5e-324,
        boo1: false,
        ts2: '0001-01-01T00:00:00.000Z',
        day1: '1969-12-31',
        byt1: '/w==',
      },
    ],
  }),
  scenario('project keeps nulls of each type', {
    steps: [project('txt1', 'int1', 'big1', 'num1', 'boo1', 'ts2', 'day1', 'byt1')],
    input: [row({})],
    rows: [{ txt1: null, int1: null, big1: null, num1: null, boo1: null, ts2: null, day1: null, byt1: null }],
  }),
  scenario('project makes −0 a 0', {
    steps: [project(['num_zero', call('mul', col('num1'), lit(0))])],
    input: [row({ num1: -1 })],
    rows: [{ num_zero: 0 }],
  }),
  scenario('a projected integer beyond 2^53 stays exact', {
    steps: [project(['big_next', call('add', col('big1'), lit(1))])],
    input: [row({ big1: '9007199254740992' })],
    rows: [{ big_next: '9007199254740993' }],
  }),
  scenario('the event time stays the row’s when its column is dropped', {
    source: unkeyed,
    steps: [project('int1'), tumbling],
    input: [row({ ts1: 15, int1: 1 })],
    rows: [{ window_start: 10, window_end: 20, agg1: 1 }],
  }),
  scenario('the event time stays the row’s when another column takes its name', {
    source: unkeyed,
    steps: [project(['ts1', lit('1970-01-01T00:00:00.100Z', 'timestamp')]), tumbling],
    input: [row({ ts1: 15 })],
    rows: [{ window_start: 10, window_end: 20, agg1: 1 }],
  }),
  scenario('a bare column marked event_time is the event time', {
    source: {
      ...unkeyed,
      fields: [
        { name: 'ts1', type: 'timestamp' },
        { name: 'ts2', type: 'timestamp' },
      ],
    },
    steps: [{ kind: 'project', columns: [{ name: 'ts_other', expr: col('ts2'), event_time: true }] }, tumbling],
    input: [row({ ts1: 15, ts2: 31 })],
    rows: [{ window_start: 30, window_end: 40, agg1: 1 }],
  }),
  scenario('stamps pass a project, so its rows can be late', {
    source: unkeyed,
    steps: [project('int1'), tumbling],
    input: [row({ ts1: 30 }), row({ ts1: 5 })],
    rows: [{ window_start: 30, window_end: 40, agg1: 1 }],
    late: [[1, 'all', 1]],
  }),
  scenario('projects in a row compute one after the other', {
    steps: [
      project(['big_a', call('add', col('int1'), lit(1))]),
      project(['big_b', call('mul', col('big_a'), lit(10))]),
      filter(call('gt', col('big_b'), lit(20))),
    ],
    input: [row({ int1: 1 }), row({ int1: 2 })],
    rows: [{ big_b: 30 }],
  }),
]

import type { Aggregate } from '@millrace/core'
import { call, col, filter, lit, row, type Scenario, type Step, scenario } from './scenario.ts'

const COUNT: Aggregate = { name: 'agg1', fn: 'count' }
const everything = (...aggregates: Aggregate[]): Step => ({ kind: 'window-aggregate', keys: ['txt1'], window: { kind: 'all' }, aggregates })
const tumbling: Step = { kind: 'window-aggregate', keys: ['txt1'], window: { kind: 'tumbling', size_ms: 10 }, aggregates: [COUNT] }

/** Aggregates without a window, windows over windows, and the exchange. */
export const UNWINDOWED_SCENARIOS: readonly Scenario[] = [
  scenario('an aggregate without a window gives one row per key', {
    steps: [everything(COUNT)],
    input: [row({ txt1: 'a' }), row({ ts1: 99, txt1: 'a' }), row({ txt1: null })],
    rows: [
      { txt1: 'a', agg1: 2 },
      { txt1: null, agg1: 1 },
    ],
  }),
  scenario('no row is late for an aggregate without a window', {
    steps: [everything(COUNT)],
    input: [row({ ts1: 1000, txt1: 'a' }), row({ ts1: 0, txt1: 'a' })],
    rows: [{ txt1: 'a', agg1: 2 }],
  }),
  scenario('an aggregate without a window over nothing gives no row', { steps: [everything(COUNT)], input: [], rows: [] }),
  scenario('an aggregate without a window and without keys over nothing gives no row', {
    source: { key: [] },
    steps: [{ kind: 'window-aggregate', keys: [], window: { kind: 'all' }, aggregates: [COUNT] }],
    input: [],
    rows: [],
  }),
  scenario('rows that left a window are never late in the next one', {
    steps: [
      tumbling,
      {
        kind: 'window-aggregate',
        keys: ['txt1'],
        window: { kind: 'tumbling', size_ms: 20 },
        aggregates: [{ name: 'agg2', fn: 'sum', args: [col('agg1')] }],
      },
    ],
    input: [
      row({ ts1: 0, txt1: 'a' }),
      row({ ts1: 9, txt1: 'a' }),
      row({ ts1: 10, txt1: 'a' }),
      row({ ts1: 100, txt1: 'a' }),
      row({ ts1: 0, txt1: 'a' }),
    ],
    rows: [
      { window_start: 0, window_end: 20, txt1: 'a', agg2: 3 },
      { window_start: 100, window_end: 120, txt1: 'a', agg2: 1 },
    ],
    late: [[4, 'all', 1]],
  }),
  scenario('the event time of a window’s row is its last millisecond', {
    steps: [
      tumbling,
      { kind: 'window-aggregate', keys: ['txt1'], window: { kind: 'tumbling', size_ms: 10 }, aggregates: [{ name: 'agg2', fn: 'count' }] },
    ],
    input: [row({ ts1: 5, txt1: 'a' })],
    rows: [{ window_start: 0, window_end: 10, txt1: 'a', agg2: 1 }],
  }),
  scenario('first, last and collect of what is computed, under a condition', {
    steps: [
      everything(
        { name: 'agg1', fn: 'first', args: [call('not', col('boo1'))], where: call('gt', col('int1'), lit(0)) },
        { name: 'agg2', fn: 'last', args: [call('not', lit(false))] },
        { name: 'agg3', fn: 'collect', args: [lit('$&')], where: call('gt', col('int1'), lit(0)) },
      ),
    ],
    input: [
      row({ txt1: 'a', boo1: true, int1: 0 }),
      row({ ts1: 1, txt1: 'a', boo1: false, int1: 1 }),
      row({ ts1: 2, txt1: 'a', boo1: true, int1: 2 }),
    ],
    rows: [{ txt1: 'a', agg1: true, agg2: true, agg3: ['$&', '$&'] }],
  }),
  scenario('an exchange changes no row', {
    steps: [{ kind: 'exchange', keys: ['txt1'] }, filter(call('gt', col('int1'), lit(0))), tumbling],
    input: [row({ txt1: 'a', int1: 1 }), row({ ts1: 20, txt1: 'a', int1: 1 }), row({ txt1: 'a', int1: 1 })],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', agg1: 1 },
      { window_start: 20, window_end: 30, txt1: 'a', agg1: 1 },
    ],
    late: [[2, 'all', 1]],
  }),
]

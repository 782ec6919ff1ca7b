import type { Aggregate } from '@millrace/core'
import { call, col, lit, project, row, type Scenario, type Step, scenario } from './scenario.ts'

const COUNT: Aggregate = { name: 'agg1', fn: 'count' }

/** Windows of 30 ms, one every 10 ms. */
function hopping(aggregates: readonly Aggregate[], options: { readonly offset_ms?: number; readonly size_ms?: number } = {}): Step {
  return {
    kind: 'window-aggregate',
    keys: ['txt1'],
    window: { kind: 'hopping', size_ms: options.size_ms ?? 30, every_ms: 10, offset_ms: options.offset_ms },
    aggregates,
  }
}

const at = (...times: number[]) => times.map((ts1) => row({ ts1, txt1: 'a' }))
const window = (start: number, values: Record<string, unknown>, txt1: string | null = 'a') => ({
  window_start: start,
  window_end: start + 30,
  txt1,
  ...values,
})

/** Counts by window start. */
const counts = (byStart: Readonly<Record<string, number>>) =>
  Object.entries(byStart).map(([start, agg1]) => window(Number(start), { agg1 }))

export const HOPPING_SCENARIOS: readonly Scenario[] = [
  scenario('a row counts in size over step hopping windows', {
    steps: [hopping([COUNT])],
    input: at(25),
    rows: counts({ 0: 1, 10: 1, 20: 1 }),
  }),
  scenario('hopping windows hold their start and not their end', {
    steps: [hopping([COUNT])],
    input: at(30),
    rows: counts({ 10: 1, 20: 1, 30: 1 }),
  }),
  scenario('hopping windows begin before 1970', {
    steps: [hopping([COUNT])],
    input: at(-1, 0),
    rows: counts({ '-30': 1, '-20': 2, '-10': 2, 0: 1 }),
  }),
  scenario('an offset moves the grid of hopping windows', {
    steps: [hopping([COUNT], { offset_ms: 4 })],
    input: at(3, 4),
    rows: counts({ '-26': 1, '-16': 2, '-6': 2, 4: 1 }),
  }),
  scenario('a hopping window of one step is a tumbling one', {
    steps: [hopping([COUNT], { size_ms: 10 })],
    input: at(9, 10),
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', agg1: 1 },
      { window_start: 10, window_end: 20, txt1: 'a', agg1: 1 },
    ],
  }),
  scenario('a row that missed some hopping windows counts in the others', {
    steps: [hopping([COUNT])],
    input: at(20, 5),
    rows: counts({ 0: 2, 10: 1, 20: 1 }),
    late: [[1, 'some', 2]],
  }),
  scenario('a row that missed every hopping window counts nowhere', {
    steps: [hopping([COUNT])],
    input: at(100, 5),
    rows: counts({ 80: 1, 90: 1, 100: 1 }),
    late: [[1, 'all', 3]],
  }),
  scenario('exact counts a row in all its hopping windows', {
    mode: 'exact',
    steps: [hopping([COUNT])],
    input: at(100, 5),
    rows: counts({ 80: 1, 90: 1, 100: 1, '-20': 1, '-10': 1, 0: 1 }),
  }),
  scenario('lateness goes record by record within a batch', {
    steps: [hopping([COUNT])],
    input: at(5, 30, 5, 40, 5),
    rows: counts({ '-20': 1, '-10': 1, 0: 1, 10: 1, 20: 2, 30: 2, 40: 1 }),
    late: [
      [2, 'all', 3],
      [4, 'all', 3],
    ],
  }),
  scenario('a value leaves a sliding minimum when its step leaves the window', {
    steps: [
      hopping([
        { name: 'agg1', fn: 'min', args: [col('int1')] },
        { name: 'agg2', fn: 'max', args: [col('int1')] },
      ]),
    ],
    input: [
      [0, 1],
      [10, 5],
      [20, 3],
    ].map(([ts1, int1]) => row({ ts1, int1, txt1: 'a' })),
    rows: [
      window(-20, { agg1: 1, agg2: 1 }),
      window(-10, { agg1: 1, agg2: 5 }),
      window(0, { agg1: 1, agg2: 5 }),
      window(10, { agg1: 3, agg2: 5 }),
      window(20, { agg1: 3, agg2: 3 }),
    ],
  }),
  scenario('a value is distinct once in a window, in whichever of its steps', {
    steps: [hopping([{ name: 'agg1', fn: 'count_distinct', args: [col('txt2')] }])],
    input: [
      [0, 'x'],
      [10, 'x'],
      [20, 'y'],
    ].map(([ts1, txt2]) => row({ ts1, txt2, txt1: 'a' })),
    rows: counts({ '-20': 1, '-10': 1, 0: 2, 10: 2, 20: 1 }),
  }),
  scenario('distinct values of a sliding window saturate and come down again', {
    steps: [hopping([{ name: 'agg1', fn: 'count_distinct', args: [col('int1')], max: 2 }])],
    input: [
      [0, 1],
      [0, 2],
      [0, 3],
      [10, 1],
    ].map(([ts1, int1]) => row({ ts1, int1, txt1: 'a' })),
    rows: counts({ '-20': 2, '-10': 2, 0: 2, 10: 1 }),
  }),
  scenario('an integer sum is null in the windows where it overflows only', {
    steps: [hopping([{ name: 'agg1', fn: 'sum', args: [col('big1')] }])],
    input: [
      row({ ts1: 0, txt1: 'a', big1: '9223372036854775807' }),
      row({ ts1: 10, txt1: 'a', big1: 1 }),
      row({ ts1: 20, txt1: 'a', big1: -1 }),
    ],
    rows: [
      window(-20, { agg1: '9223372036854775807' }),
      window(-10, { agg1: null }),
      window(0, { agg1: '9223372036854775807' }),
      window(10, { agg1: 0 }),
      window(20, { agg1: -1 }),
    ],
  }),
  scenario('a double that left a sliding sum leaves nothing behind', {
    steps: [
      hopping([{ name: 'agg1', fn: 'sum', args: [col('num1')] }], { size_ms: 20 }),
      project('txt1', ['boo_close', call('between', col('agg1'), lit(0.24), lit(0.26))], 'window_start'),
    ],
    input: [row({ ts1: 0, txt1: 'a', num1: 1e300 }), row({ ts1: 10, txt1: 'a', num1: 0.25 })],
    rows: [
      { txt1: 'a', boo_close: false, window_start: -10 },
      { txt1: 'a', boo_close: false, window_start: 0 },
      { txt1: 'a', boo_close: true, window_start: 10 },
    ],
  }),
  scenario('values of hopping windows have a variance', {
    steps: [hopping([COUNT, { name: 'agg2', fn: 'variance', args: [col('int1')] }])],
    input: [row({ ts1: 0, txt1: 'a', int1: 1 }), row({ ts1: 10, txt1: 'a', int1: 5 }), row({ ts1: 22, txt1: 'a', int1: 3 })],
    rows: [
      window(-20, { agg1: 1, agg2: null }),
      window(-10, { agg1: 2, agg2: 8 }),
      window(0, { agg1: 3, agg2: 4 }),
      window(10, { agg1: 2, agg2: 2 }),
      window(20, { agg1: 1, agg2: null }),
    ],
  }),
  scenario('keys do not share hopping windows', {
    steps: [hopping([COUNT])],
    input: [row({ ts1: 0, txt1: 'a' }), row({ ts1: 10, txt1: null })],
    rows: [...counts({ '-20': 1, '-10': 1, 0: 1 }), ...[-10, 0, 10].map((start) => window(start, { agg1: 1 }, null))],
  }),
  scenario('a key that was silent for a year gives no rows for it', {
    steps: [hopping([COUNT])],
    input: at(0, 31_536_000_000),
    rows: counts({ '-20': 1, '-10': 1, 0: 1, 31535999980: 1, 31535999990: 1, 31536000000: 1 }),
  }),
]

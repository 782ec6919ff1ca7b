import type { Aggregate, PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

function over(
  range_ms: number,
  aggregates: readonly Aggregate[] = [COUNT, SUM],
  input = 'events',
  keys: readonly string[] = ['txt1'],
): PlanNode {
  return { id: 'o', kind: 'over-aggregate', input, keys, range_ms, aggregates }
}
/** The number of each row and its aggregates. */
const NUMBERS = projected('out', 'o', 'int1', 'n', 'total')
const KINDS: Aggregate = { name: 'total', fn: 'count_distinct', args: [col('int1')] }

export const OVER_SCENARIOS: readonly Scenario[] = [
  flow('an over-aggregate sees back as far as its range, both ends included', {
    nodes: [over(10), NUMBERS],
    input: [event(0, 'a', 1), event(10, 'a', 2), event(20, 'a', 4), event(31, 'a', 8)],
    rows: [
      [1, 1, 1],
      [2, 2, 3],
      [4, 2, 6],
      [8, 1, 8],
    ],
  }),
  flow('rows of one time see the same in an over-aggregate', {
    nodes: [over(10), NUMBERS],
    input: [event(5, 'a', 1), event(5, 'a', 2), event(5, 'a', 4), event(6, 'a', 8)],
    rows: [
      [1, 3, 7],
      [2, 3, 7],
      [4, 3, 7],
      [8, 4, 15],
    ],
  }),
  flow('a range of 0 takes the rows of one time only', {
    nodes: [over(0), NUMBERS],
    input: [event(5, 'a', 1), event(5, 'a', 2), event(6, 'a', 4)],
    rows: [
      [1, 2, 3],
      [2, 2, 3],
      [4, 1, 4],
    ],
  }),
  flow('an over-aggregate keeps all columns, and keys have rows of their own', {
    nodes: [over(10)],
    input: [event(1, 'a', 1, true), event(2, null, 2, false), event(3, 'b', 4), event(4, null, null), event(5, 'a', 8)],
    rows: [
      [1, 'a', 1, true, 1, 1],
      [2, null, 2, false, 1, 2],
      [3, 'b', 4, null, 1, 4],
      [4, null, null, null, 2, 2],
      [5, 'a', 8, null, 2, 9],
    ],
  }),
  flow('a row that comes out of order counts for those after it in time', {
    source: { watermark_delay_ms: 100 },
    nodes: [over(10), NUMBERS],
    input: [event(10, 'a', 1), event(5, 'a', 2), event(0, 'a', 4)],
    rows: [
      [1, 3, 7],
      [2, 2, 6],
      [4, 1, 4],
    ],
  }),
  flow('a late row is not in an over-aggregate, nor seen by it', {
    nodes: [over(10), NUMBERS],
    input: [event(10, 'a', 1), event(9, 'a', 2), event(10, 'a', 4)],
    rows: [
      [1, 2, 5],
      [4, 2, 5],
    ],
    late: [[1, 'o']],
  }),
  flow('in exact mode an over-aggregate sees every row', {
    mode: 'exact',
    nodes: [over(10), NUMBERS],
    input: [event(10, 'a', 1), event(9, 'a', 2)],
    rows: [
      [1, 2, 3],
      [2, 1, 2],
    ],
  }),
  flow('aggregates over a range leave out what their condition does', {
    nodes: [
      over(10, [
        { ...COUNT, where: call('gt', col('int1'), lit(1)) },
        { ...SUM, where: call('eq', col('boo1'), lit(true)) },
      ]),
      NUMBERS,
    ],
    input: [event(0, 'a', 1, true), event(1, 'a', 2, false), event(2, 'a', null, true), event(20, 'a', 0)],
    rows: [
      [1, 0, 1],
      [2, 1, 1],
      [null, 1, 1],
      [0, 0, null],
    ],
  }),
  flow('different values are counted over the range, up to the limit', {
    nodes: [over(10, [COUNT, { ...KINDS, max: 2 }]), NUMBERS],
    input: [event(0, 'a', 1), event(1, 'a', 1), event(2, 'a', 2), event(3, 'a', 3), event(13, 'a', 3), event(30)],
    rows: [
      [1, 1, 1],
      [1, 2, 1],
      [2, 3, 2],
      [3, 4, 2],
      [3, 2, 1],
      [null, 1, 0],
    ],
  }),
  flow('different values that meet a condition are counted over the range', {
    nodes: [over(10, [COUNT, { ...KINDS, where: col('boo1') }]), NUMBERS],
    input: [event(0, 'a', 1, true), event(1, 'a', 1, false), event(2, 'a', 2, true), event(3, 'a', 3), event(12, 'a', 3, true)],
    rows: [
      [1, 1, 1],
      [1, 2, 1],
      [2, 3, 2],
      [3, 4, 2],
      [3, 3, 2],
    ],
  }),
  flow('least, greatest and average over a range', {
    nodes: [
      over(10, [
        { name: 'n', fn: 'min', args: [col('int1')] },
        { name: 'm', fn: 'max', args: [col('int1')] },
        { name: 'total', fn: 'avg', args: [col('int1')] },
      ]),
      projected('out', 'o', 'int1', 'n', 'm', 'total'),
    ],
    input: [event(0, 'a', 5), event(4, 'a', -3), event(11, 'a', 1), event(15)],
    rows: [
      [5, 5, 5, 5],
      [-3, -3, 5, 1],
      [1, -3, 1, -1],
      [null, 1, 1, 1],
    ],
  }),
  flow('aggregates over a range that keep values forget what has left it', {
    nodes: [
      {
        id: 'p',
        kind: 'project',
        input: 'events',
        columns: [...['txt1', 'int1'].map((name) => ({ name, expr: col(name) })), { name: 'num1', expr: call('pow', col('int1'), lit(8)) }],
      },
      over(
        10,
        [
          { name: 'total', fn: 'sum', args: [col('num1')] },
          { name: 'n', fn: 'count', args: [col('int1')] },
          { name: 'mean', fn: 'avg', args: [col('num1')], where: call('gt', col('int1'), lit(2)) },
          { name: 'spread', fn: 'variance', args: [col('int1')] },
          { name: 'all', fn: 'collect', args: [col('int1')] },
          { name: 'one', fn: 'first', args: [col('int1')] },
          { name: 'other', fn: 'last', args: [col('int1')] },
        ],
        'p',
      ),
      projected('out', 'o', 'int1', 'total', 'n', 'mean', 'spread', 'all', 'one', 'other'),
    ],
    input: [event(1, 'a', 1000), event(5, 'a', 2), event(5, 'a', 3), event(12, 'a', 4), event(14, 'b', 5), event(30)],
    rows: [
      [1000, 1e24, 1, 1e24, null, [1000], 1000, 1000],
      [2, 1e24, 3, 5e23, 331_669, [1000, 2, 3], 1000, 3],
      [3, 1e24, 3, 5e23, 331_669, [1000, 2, 3], 1000, 3],
      [4, 72_353, 3, 36_048.5, 1, [2, 3, 4], 2, 4],
      [5, 390_625, 1, 390_625, null, [5], 5, 5],
      [null, null, 0, null, null, null, null, null],
    ],
  }),
  flow('an over-aggregate of all keys together', {
    nodes: [moved('x', 'events', []), over(10, [COUNT, SUM], 'x', []), NUMBERS],
    input: [event(0, 'a', 1), event(1, 'b', 2), event(2, null, 4)],
    rows: [
      [1, 1, 1],
      [2, 2, 3],
      [4, 3, 7],
    ],
  }),
  flow('an over-aggregate over two sources judges each row by its own stamp', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, over(10, [COUNT, SUM], 'u'), NUMBERS],
    input: [event(100, 'a', 1), other(95, 'a', 2), event(99, 'a', 4), other(94, 'a', 8)],
    rows: [
      [1, 2, 3],
      [2, 1, 2],
    ],
    late: [
      [2, 'o'],
      [3, 'o'],
    ],
  }),
  flow('an over-aggregate over windows counts them by their ends', {
    nodes: [aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }), over(10, [{ name: 'windows', fn: 'count' }], 'w')],
    input: [event(1), event(2), event(12), event(35)],
    rows: [
      [0, 10, 'a', 2, 1],
      [10, 20, 'a', 1, 2],
      [30, 40, 'a', 1, 1],
    ],
  }),
  flow('windows over an over-aggregate refuse no row again', {
    nodes: [
      over(10, [COUNT]),
      aggregated('w', 'o', { kind: 'tumbling', size_ms: 10 }, { aggregates: [{ name: 'sum', fn: 'sum', args: [col('n')] }] }),
    ],
    input: [event(1), event(2), event(30), event(3)],
    rows: [
      [0, 10, 'a', 3],
      [30, 40, 'a', 1],
    ],
    late: [[3, 'o']],
  }),
  flow('an over-aggregate takes rows that its source lets be late', {
    source: { late: { revise: '5ms' } },
    nodes: [over(10), NUMBERS],
    input: [event(10, 'a', 1), event(5, 'a', 2), event(4, 'a', 4)],
    rows: [
      [1, 2, 3],
      [2, 1, 2],
    ],
    late: [[2, 'o']],
  }),
  flow('an over-aggregate judges the stamp that a row brings', {
    nodes: [over(10), NUMBERS],
    input: [stamped(6, event(5, 'a', 1)), stamped(5, event(5, 'a', 2))],
    rows: [[2, 1, 2]],
    late: [[0, 'o']],
  }),
]

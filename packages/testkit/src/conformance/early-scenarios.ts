import { aggregated, COUNT, event, flow, moved, other, projected, SUM, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

const EARLY = { kind: 'tumbling', size_ms: 100, early_ms: 10 } as const
const HOPPING = { kind: 'hopping', size_ms: 40, every_ms: 20, early_ms: 10 } as const
const DAY = 86_400_000

/** What windows give early is corrected: in the end they hold what they would have held without it. */
export const EARLY_SCENARIOS: readonly Scenario[] = [
  flow('a window that was given early holds every row in the end', {
    nodes: [aggregated('w', 'events', EARLY, { aggregates: [COUNT, SUM] })],
    input: [event(1, 'a', 1), event(12, 'a', 2), event(25, 'b', 4), event(25, 'a', 8), event(99, 'b', 16), event(101, 'a', 32)],
    rows: [
      [0, 100, 'a', 3, 11],
      [0, 100, 'b', 2, 20],
      [100, 200, 'a', 1, 32],
    ],
  }),
  flow('rows out of order count in a window that was given early', {
    nodes: [aggregated('w', 'events', EARLY, { aggregates: [COUNT, SUM] })],
    input: [event(55, 'a', 1), event(3, 'a', 2), event(81, 'a', 4), event(0, 'b', 8), event(99, 'a', 16)],
    rows: [
      [0, 100, 'a', 4, 23],
      [0, 100, 'b', 1, 8],
    ],
  }),
  flow('hopping windows are each given early by their own start', {
    nodes: [aggregated('w', 'events', HOPPING, { aggregates: [COUNT, SUM] })],
    input: [event(5, 'a', 1), event(18, 'a', 2), event(31, 'a', 4), event(44, 'a', 8), event(70, 'a', 16)],
    rows: [
      [-20, 20, 'a', 2, 3],
      [0, 40, 'a', 3, 7],
      [20, 60, 'a', 2, 12],
      [40, 80, 'a', 2, 24],
      [60, 100, 'a', 1, 16],
    ],
  }),
  flow('a row that is late for one hopping window counts in the next, given early or not', {
    nodes: [aggregated('w', 'events', HOPPING)],
    input: [event(5, 'a', 1), event(45, 'a', 2), event(25, 'a', 3), event(15, 'a', 4)],
    rows: [
      [-20, 20, 'a', 1],
      [0, 40, 'a', 1],
      [20, 60, 'a', 2],
      [40, 80, 'a', 1],
    ],
    late: [
      [2, 'w', 'some', 1],
      [3, 'w', 'all', 2],
    ],
  }),
  flow('days of a zone are given early', {
    nodes: [aggregated('w', 'events', { kind: 'calendar', unit: 'day', zone: 'UTC', early_ms: 3_600_000 })],
    input: [event(0, 'a', 1), event(7_200_000, 'a', 2), event(DAY - 1, 'a', 3), event(DAY, 'a', 4)],
    rows: [
      [0, DAY, 'a', 3],
      [DAY, 2 * DAY, 'a', 1],
    ],
  }),
  flow('a source that corrects its results corrects them after windows that were given early', {
    source: { late: { revise: '50ms' } },
    nodes: [aggregated('w', 'events', EARLY, { aggregates: [COUNT, SUM] })],
    input: [event(1, 'a', 1), event(60, 'a', 2), event(120, 'a', 4), event(70, 'a', 8), event(160, 'a', 16), event(80, 'a', 32)],
    rows: [
      [0, 100, 'a', 3, 11],
      [100, 200, 'a', 2, 20],
    ],
    late: [[5, 'w']],
  }),
  flow('in exact mode late rows count', {
    mode: 'exact',
    nodes: [aggregated('w', 'events', EARLY)],
    input: [event(1, 'a', 1), event(250, 'a', 2), event(3, 'a', 3)],
    rows: [
      [0, 100, 'a', 2],
      [200, 300, 'a', 1],
    ],
  }),
  flow('every kind of aggregate is the same as without early results', {
    nodes: [
      aggregated('w', 'events', EARLY, {
        aggregates: [
          { name: 'different', fn: 'count_distinct', args: [col('int1')], max: 3 },
          { name: 'least', fn: 'min', args: [col('int1')] },
          { name: 'most', fn: 'max', args: [col('txt1')] },
          { name: 'mean', fn: 'avg', args: [col('int1')] },
          { name: 'opening', fn: 'first', args: [col('int1')] },
          { name: 'closing', fn: 'last', args: [col('int1')] },
          { name: 'all_of_them', fn: 'collect', args: [col('int1')], max: 4 },
          { name: 'high', fn: 'count', where: call('gt', col('int1'), lit(3)) },
        ],
      }),
      projected('out', 'w', 'different', 'least', 'most', 'mean', 'opening', 'closing', 'all_of_them', 'high'),
    ],
    input: [
      event(20, 'a', 5),
      event(1, 'a', 2),
      event(42, 'a', 5),
      event(41, 'a', null),
      event(66, 'a', 7),
      event(90, 'a', 9),
      event(300, 'b'),
    ],
    rows: [
      [3, 2, 'a', 5.6, 2, 9, [2, 5, 5, 7], 4],
      [0, null, 'b', null, null, null, null, 0],
    ],
  }),
  flow('filters and projects behind early results work on each correction', {
    nodes: [
      aggregated('w', 'events', EARLY, { aggregates: [SUM] }),
      { id: 'f', kind: 'filter', input: 'w', where: call('lt', col('total'), lit(10)) },
      projected('out', 'f', 'txt1', 'total'),
    ],
    input: [event(1, 'a', 4), event(30, 'a', 5), event(60, 'a', 6), event(1, 'b', 3), event(95, 'b', 1)],
    rows: [['b', 4]],
  }),
  flow('top-n of windows that are given early ranks what stands', {
    nodes: [
      aggregated('w', 'events', EARLY, { aggregates: [SUM] }),
      moved('x', 'w', ['window_start', 'window_end']),
      { id: 't', kind: 'top-n', input: 'x', per: ['window_start', 'window_end'], order_by: [['total', 'desc']], n: 1 },
      projected('out', 't', 'txt1', 'total'),
    ],
    input: [event(1, 'a', 9), event(40, 'b', 5), event(70, 'b', 6), event(130, 'a', 1), event(190, 'a', 2)],
    rows: [
      ['b', 11],
      ['a', 3],
    ],
  }),
  flow('an aggregate over everything follows what is given early', {
    nodes: [
      aggregated('w', 'events', EARLY),
      aggregated('e', 'w', { kind: 'all' }, { aggregates: [{ name: 'rows', fn: 'sum', args: [col('n')] }] }),
    ],
    input: [event(1, 'a', 1), event(40, 'b', 1), event(70, 'a', 1), event(130, 'a', 1), event(135, 'b', 1)],
    rows: [
      ['a', 3],
      ['b', 2],
    ],
  }),
  flow('windows over windows give early results of their own', {
    nodes: [
      aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }),
      aggregated('e', 'w', EARLY, { aggregates: [{ name: 'rows', fn: 'sum', args: [col('n')] }] }),
    ],
    input: [event(1, 'a', 1), event(2, 'a', 1), event(44, 'a', 1), event(99, 'a', 1), event(130, 'a', 1)],
    rows: [
      [0, 100, 'a', 4],
      [100, 200, 'a', 1],
    ],
  }),
  flow('early results of rows from two sources wait for the one that is behind', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, aggregated('w', 'u', EARLY, { aggregates: [COUNT, SUM] })],
    input: [event(1, 'a', 1), event(60, 'a', 2), other(5, 'a', 4), other(70, 'a', 8), event(130, 'b', 16)],
    rows: [
      [0, 100, 'a', 4, 15],
      [100, 200, 'b', 1, 16],
    ],
  }),
  flow('no row and rows that are all late give nothing early', {
    nodes: [aggregated('w', 'events', EARLY)],
    input: [stamped(2_000, event(5, 'a', 1)), stamped(2_000, event(6, 'a', 2))],
    rows: [],
    late: [
      [0, 'w'],
      [1, 'w'],
    ],
  }),
  flow('times before 1970 and null keys', {
    nodes: [aggregated('w', 'events', EARLY, { aggregates: [COUNT, SUM] })],
    input: [event(-150, null, 1), event(-120, null, 2), event(-101, 'a', 4), event(-45, null, 8), event(-1, null, 16)],
    rows: [
      [-200, -100, null, 2, 3],
      [-200, -100, 'a', 1, 4],
      [-100, 0, null, 2, 24],
    ],
  }),
]

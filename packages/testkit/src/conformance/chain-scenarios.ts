import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, right, SUM } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

const tumbling = (id: string, input: string, size_ms = 10): PlanNode => aggregated(id, input, { kind: 'tumbling', size_ms })
const dedupe = (id: string, input: string, horizon_ms = 10): PlanNode => ({ id, kind: 'dedupe', input, keys: ['txt1'], horizon_ms })
const over = (id: string, input: string, range_ms = 10): PlanNode => ({
  id,
  kind: 'over-aggregate',
  input,
  keys: ['txt1'],
  range_ms,
  aggregates: [{ name: `${id}_n`, fn: 'count' }],
})
const JOIN = { kind: 'join', type: 'interval', on: [['txt1', 'txt2']] } as const

/** Any time operator after any other, and what may stand between. */
export const CHAIN_SCENARIOS: readonly Scenario[] = [
  flow('a dedupe before a window', {
    nodes: [dedupe('d', 'events'), tumbling('w', 'd', 100)],
    input: [event(0), event(5), event(30), event(35), event(120)],
    rows: [
      [0, 100, 'a', 2],
      [100, 200, 'a', 1],
    ],
  }),
  flow('an over-aggregate after a dedupe', {
    nodes: [dedupe('d', 'events', 3), over('o', 'd', 20), projected('out', 'o', 'int1', 'o_n')],
    input: [event(0, 'a', 1), event(2, 'a', 2), event(10, 'a', 3), event(21, 'a', 4)],
    rows: [
      [1, 1],
      [3, 2],
      [4, 2],
    ],
  }),
  flow('a dedupe after an over-aggregate', {
    nodes: [over('o', 'events'), dedupe('d', 'o'), projected('out', 'd', 'int1', 'o_n')],
    input: [event(0, 'a', 1), event(0, 'a', 2), event(9, 'a', 3), event(20, 'a', 4)],
    rows: [
      [1, 2],
      [4, 1],
    ],
  }),
  flow('a session over an interval join', {
    nodes: [
      { ...JOIN, id: 'j', left: 'events', right: 'rights', lower_ms: -5, upper_ms: 5 },
      aggregated('s', 'j', { kind: 'session', gap_ms: 10 }),
    ],
    input: [event(0), right(5), event(12), right(14), event(40), right(40)],
    rows: [
      [5, 24, 'a', 2],
      [40, 50, 'a', 1],
    ],
  }),
  flow('an interval join of sessions and windows', {
    nodes: [
      aggregated('s', 'events', { kind: 'session', gap_ms: 10 }),
      aggregated('w', 'rights', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt2'] }),
      projected('p', 'w', ['ends', 'window_end'], 'txt2', ['m', 'n']),
      { ...JOIN, id: 'j', left: 's', right: 'p', lower_ms: -20, upper_ms: 0 },
      projected('out', 'j', 'window_start', 'window_end', 'n', 'ends', 'm'),
    ],
    input: [event(0), event(8), right(1), right(2), right(15), right(25), event(50)],
    rows: [[0, 18, 2, 10, 2]],
  }),
  flow('an as-of join of an over-aggregate and a dedupe', {
    nodes: [
      over('o', 'events'),
      { id: 'd', kind: 'dedupe', input: 'rights', keys: ['txt2'], horizon_ms: 10 },
      { id: 'j', kind: 'join', left: 'o', right: 'd', on: [['txt1', 'txt2']], type: 'as-of', how: 'left' },
      projected('out', 'j', 'int1', 'o_n', 'int2'),
    ],
    input: [right(1, 'a', 1), right(4, 'a', 2), event(3, 'a', 1), event(5, 'a', 2), right(20, 'a', 3), event(30, 'a', 3)],
    rows: [
      [1, 1, 1],
      [2, 2, 1],
      [3, 1, 3],
    ],
  }),
  flow('a filter by a constant time before a left join and the greatest of a window', {
    nodes: [
      {
        id: 'c',
        kind: 'filter',
        input: 'events',
        where: call('or', call('gt', col('ts1'), lit('1970-01-01T00:00:00.002Z', 'timestamp')), col('boo1')),
      },
      {
        id: 'j',
        kind: 'join',
        type: 'interval',
        left: 'c',
        right: 'rights',
        on: [['txt1', 'txt2']],
        how: 'left',
        lower_ms: -1,
        upper_ms: -1,
      },
      aggregated(
        'w',
        'j',
        { kind: 'tumbling', size_ms: 10 },
        {
          aggregates: [
            { name: 'greatest', fn: 'max', args: [col('int1')] },
            { name: 'n', fn: 'count_distinct', args: [col('int2')] },
          ],
        },
      ),
    ],
    input: [event(1, 'a', 9), event(2, 'a', 1, true), event(3, 'a', 3), event(4, 'a', 2), right(2, 'a', 5), right(3, 'a', 6)],
    rows: [[0, 10, 'a', 3, 2]],
  }),
  flow('the least, greatest, first and last of rows that found no partner', {
    nodes: [
      {
        id: 'j',
        kind: 'join',
        type: 'interval',
        left: 'events',
        right: 'rights',
        on: [['txt1', 'txt2']],
        how: 'left',
        lower_ms: 0,
        upper_ms: 0,
      },
      { id: 'f', kind: 'filter', input: 'j', where: call('is_null', col('ts2')) },
      aggregated(
        'e',
        'f',
        { kind: 'all' },
        {
          aggregates: [
            { name: 'least', fn: 'min', args: [col('int1')] },
            { name: 'greatest', fn: 'max', args: [col('int1')] },
            { name: 'one', fn: 'first', args: [col('int1')] },
            { name: 'other', fn: 'last', args: [col('int1')] },
          ],
        },
      ),
    ],
    input: [...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => event(i, 'a', i)), ...[0, 1, 6, 7].map((i) => right(i, 'a', i))],
    rows: [['a', 2, 5, 2, 5]],
  }),
  flow('a top-n per window of a session over a dedupe', {
    nodes: [
      dedupe('d', 'events', 0),
      aggregated('s', 'd', { kind: 'session', gap_ms: 10 }),
      { id: 't', kind: 'top-n', input: 's', per: ['txt1', 'window_start', 'window_end'], order_by: [['n', 'desc']], n: 1, rank: 'place' },
    ],
    input: [event(0), event(0), event(4), event(30, 'b')],
    rows: [
      [0, 14, 'a', 2, 1],
      [30, 40, 'b', 1, 1],
    ],
  }),
  flow('a calendar day of sessions, and the latest of its days', {
    nodes: [
      aggregated('s', 'events', { kind: 'session', gap_ms: 1000 }),
      aggregated('c', 's', { kind: 'calendar', unit: 'day', zone: 'Europe/Paris' }),
      { id: 'l', kind: 'latest', input: 'c', keys: ['txt1'] },
    ],
    input: [event('2024-06-01T10:00:00.000Z'), event('2024-06-01T11:00:00.000Z'), event('2024-06-01T22:00:00.000Z')],
    rows: [['2024-06-01T22:00:00.000Z', '2024-06-02T22:00:00.000Z', 'a', 1]],
  }),
  flow('current rows, then everything', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'events', keys: ['txt1'] },
      moved('x', 'c', []),
      aggregated('e', 'x', { kind: 'all' }, { keys: [], aggregates: [COUNT, SUM] }),
    ],
    input: [event(1, 'a', 1), event(2, 'a', 2), event(3, 'b', 4), event(9, 'c', 8), event(8, 'c', 16)],
    rows: [[3, 14]],
  }),
  flow('everything over everything', {
    nodes: [
      aggregated('e', 'events', { kind: 'all' }, { keys: ['txt1', 'int1'] }),
      aggregated(
        'f',
        'e',
        { kind: 'all' },
        {
          aggregates: [
            { name: 'kinds', fn: 'count' },
            { name: 'rows', fn: 'sum', args: [col('n')] },
          ],
        },
      ),
    ],
    input: [event(1, 'a', 1), event(2, 'a', 2), event(3, 'a', 2), event(9, 'b', 8)],
    rows: [
      ['a', 2, 3],
      ['b', 1, 1],
    ],
  }),
  flow('a union of deduplicated and raw rows, deduplicated again', {
    nodes: [
      dedupe('d', 'events', 0),
      { id: 'u', kind: 'union', inputs: ['others', 'd'] },
      dedupe('again', 'u', 0),
      projected('out', 'again', 'ts1', 'int1'),
    ],
    input: [event(5, 'a', 1), event(5, 'a', 2), other(5, 'a', 3), other(6, 'a', 4), other(6, 'a', 5)],
    rows: [
      [5, 1],
      [6, 4],
    ],
  }),
  flow('a window over a union of rows with and without stamps judges those with them', {
    nodes: [
      tumbling('w', 'events'),
      projected('p', 'w', 'txt1', ['k', 'n']),
      projected('q', 'others', 'txt1', ['int1', 'int1']),
      {
        id: 'r',
        kind: 'project',
        input: 'q',
        columns: [
          { name: 'txt1', expr: col('txt1') },
          { name: 'k', expr: call('add', col('int1'), lit(0)) },
        ],
      },
      { id: 'u', kind: 'union', inputs: ['p', 'r'] },
      aggregated('v', 'u', { kind: 'tumbling', size_ms: 20 }, { aggregates: [COUNT, { name: 'sum', fn: 'sum', args: [col('k')] }] }),
    ],
    input: [event(1), event(2), event(50), event(3), other(30, 'a', 100), other(1, 'a', 1000), other(25, 'a', 10)],
    rows: [
      [0, 20, 'a', 1, 2],
      [20, 40, 'a', 2, 110],
      [40, 60, 'a', 1, 1],
    ],
    late: [
      [3, 'w'],
      [5, 'v'],
    ],
  }),
  flow('a window takes rows that its source lets be late', {
    source: { late: { revise: '20ms' } },
    nodes: [tumbling('w', 'events')],
    input: [event(0), event(29), event(5), event(30), event(6)],
    rows: [
      [0, 10, 'a', 2],
      [20, 30, 'a', 1],
      [30, 40, 'a', 1],
    ],
    late: [[4, 'w']],
  }),
  flow('exact, a row counts in every window that it falls into, however late its source lets it be', {
    mode: 'exact',
    source: { late: { revise: '1ms' } },
    nodes: [aggregated('w', 'events', { kind: 'hopping', size_ms: 20, every_ms: 10 })],
    input: [event(5), event(95), event(1)],
    rows: [
      [-10, 10, 'a', 2],
      [0, 20, 'a', 2],
      [80, 100, 'a', 1],
      [90, 110, 'a', 1],
    ],
  }),
  flow('an interval join takes rows that its sources let be late', {
    source: { late: { revise: '20ms' } },
    nodes: [
      { ...JOIN, id: 'j', left: 'events', right: 'rights', lower_ms: 0, upper_ms: 5, how: 'left' },
      projected('out', 'j', 'int1', 'int2'),
    ],
    input: [
      event(0, 'a', 1),
      event(30, 'a', 2),
      right(35, 'a', 1),
      event(10, 'a', 3),
      event(9, 'a', 4),
      right(15, 'a', 2),
      right(14, 'a', 3),
    ],
    rows: [
      [1, null],
      [2, 1],
      [3, 2],
    ],
    late: [
      [4, 'j'],
      [6, 'j'],
    ],
  }),
  flow('a sink passes on what it is given', {
    nodes: [tumbling('w', 'events'), { id: 'out', kind: 'sink', input: 'w', to: 'warehouse' }],
    input: [event(1), event(20), event(2)],
    rows: [
      [0, 10, 'a', 1],
      [20, 30, 'a', 1],
    ],
    late: [[2, 'w']],
  }),
  flow('a node that two others read judges its rows once', {
    nodes: [
      dedupe('d', 'events', 0),
      tumbling('w', 'd'),
      aggregated('s', 'd', { kind: 'session', gap_ms: 10 }),
      { id: 'u', kind: 'union', inputs: ['w', 's'] },
    ],
    input: [event(1), event(12), event(5)],
    rows: [
      [0, 10, 'a', 1],
      [10, 20, 'a', 1],
      [1, 11, 'a', 1],
      [12, 22, 'a', 1],
    ],
    late: [[2, 'd']],
  }),
]

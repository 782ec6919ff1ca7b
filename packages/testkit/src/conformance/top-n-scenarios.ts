import type { PlanNode, TopNNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM } from './flow.ts'
import { col, type Scenario } from './scenario.ts'

function top(input: string, n: number, changes: Partial<TopNNode> = {}): PlanNode {
  return { id: 't', kind: 'top-n', input, per: [], order_by: [['n', 'desc']], n, rank: 'place', ...changes }
}
/** Counts of each key in 10 ms, brought together. */
const COUNTS = [aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }, { aggregates: [COUNT, SUM] }), moved('x', 'w', [])]
const PER_WINDOW = ['window_start', 'window_end']
/** Current rows of each number of a key. */
const CURRENT: PlanNode = { id: 'c', kind: 'latest', input: 'events', keys: ['txt1', 'int1'] }
const NUMBERS = projected('out', 't', 'txt1', 'int1', 'place')

export const TOP_N_SCENARIOS: readonly Scenario[] = [
  flow('the keys of a window with the greatest counts', {
    nodes: [...COUNTS, top('x', 2, { per: PER_WINDOW }), projected('out', 't', 'window_start', 'txt1', 'n', 'place')],
    input: [event(1), event(2, 'b'), event(3, 'b'), event(4, 'c'), event(5, 'c'), event(6, 'c'), event(11), event(30, 'd')],
    rows: [
      [0, 'c', 3, 1],
      [0, 'b', 2, 2],
      [10, 'a', 1, 1],
      [30, 'd', 1, 1],
    ],
  }),
  flow('ties of a top-n go by the other columns from left to right', {
    nodes: [...COUNTS, top('x', 2, { per: PER_WINDOW }), projected('out', 't', 'txt1', 'n', 'place')],
    input: [event(1, 'c'), event(2, 'b'), event(3, null), event(4, 'a')],
    rows: [
      [null, 1, 1],
      ['a', 1, 2],
    ],
  }),
  flow('a top-n without an order goes by the columns', {
    nodes: [CURRENT, top('c', 2, { per: ['txt1'], order_by: [] }), NUMBERS],
    input: [event(3, 'a', 1), event(2, 'a', 9), event(1, 'a', 5)],
    rows: [
      ['a', 5, 1],
      ['a', 9, 2],
    ],
  }),
  flow('null comes first when a top-n ascends', {
    nodes: [CURRENT, top('c', 2, { per: ['txt1'], order_by: [['int1', 'asc']] }), NUMBERS],
    input: [event(3, 'a', 1), event(2, 'a', null), event(1, 'a', 5)],
    rows: [
      ['a', null, 1],
      ['a', 1, 2],
    ],
  }),
  flow('null comes last when a top-n descends', {
    nodes: [CURRENT, top('c', 3, { per: ['txt1'], order_by: [['int1', 'desc']] }), NUMBERS],
    input: [event(3, 'a', 1), event(2, 'a', null), event(1, 'a', 5)],
    rows: [
      ['a', 5, 1],
      ['a', 1, 2],
      ['a', null, 3],
    ],
  }),
  flow('a top-n by several columns', {
    nodes: [
      CURRENT,
      top('c', 3, {
        per: ['txt1'],
        order_by: [
          ['boo1', 'desc'],
          ['int1', 'asc'],
        ],
      }),
      NUMBERS,
    ],
    input: [event(1, 'a', 3, false), event(2, 'a', 2, true), event(3, 'a', 1, false), event(4, 'a', 9, true), event(5, 'a', 0)],
    rows: [
      ['a', 2, 1],
      ['a', 9, 2],
      ['a', 1, 3],
    ],
  }),
  flow('a top-n without a rank passes rows on as they are', {
    nodes: [CURRENT, top('c', 1, { per: ['txt1'], order_by: [['int1', 'desc']], rank: undefined })],
    input: [event(1, 'a', 3), event(2, 'a', 2, true), event(9, 'b', null)],
    rows: [
      [1, 'a', 3, null],
      [9, 'b', null, null],
    ],
  }),
  flow('a group with fewer rows than asked is whole', {
    nodes: [CURRENT, top('c', 1000, { per: ['txt1'], order_by: [['int1', 'asc']] }), NUMBERS],
    input: [event(1, 'a', 3), event(1, null, 2), event(1, null, 1)],
    rows: [
      ['a', 3, 1],
      [null, 1, 1],
      [null, 2, 2],
    ],
  }),
  flow('a top-n ranks only current rows', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'events', keys: ['txt1'], deleted: 'boo1' },
      moved('x', 'c', []),
      top('x', 2, { order_by: [['int1', 'desc']] }),
      NUMBERS,
    ],
    input: [event(1, 'a', 9), event(2, 'a', 1), event(3, 'b', 5), event(3, 'c', 8), event(4, 'c', 8, true), event(5, 'd', 3)],
    rows: [
      ['b', 5, 1],
      ['d', 3, 2],
    ],
  }),
  flow('the keys with the greatest running counts', {
    nodes: [aggregated('e', 'events', { kind: 'all' }), moved('x', 'e', []), top('x', 2)],
    input: [event(1), event(2, 'b'), event(3, 'b'), event(4, 'c'), event(5, 'c'), event(6, 'c')],
    rows: [
      ['c', 3, 1],
      ['b', 2, 2],
    ],
  }),
  flow('a late row does not count in the counts that are ranked', {
    nodes: [...COUNTS, top('x', 1, { per: PER_WINDOW }), projected('out', 't', 'window_start', 'txt1', 'n')],
    input: [event(1), event(2, 'b'), event(20, 'c'), event(3, 'b'), event(4, 'b')],
    rows: [
      [0, 'a', 1],
      [20, 'c', 1],
    ],
    late: [
      [3, 'w'],
      [4, 'w'],
    ],
  }),
  flow('a top-n of a top-n', {
    nodes: [
      ...COUNTS,
      { ...top('x', 2, { per: PER_WINDOW }), id: 'first' } as PlanNode,
      top('first', 1, { per: PER_WINDOW, order_by: [['place', 'desc']], rank: 'last' }),
      projected('out', 't', 'txt1', 'place', 'last'),
    ],
    input: [event(1), event(2, 'b'), event(3, 'b')],
    rows: [['a', 2, 1]],
  }),
  flow('a top-n of the windows of two sources', {
    nodes: [
      ...COUNTS,
      aggregated('v', 'others', { kind: 'tumbling', size_ms: 10 }, { aggregates: [COUNT, SUM] }),
      moved('y', 'v', []),
      { id: 'u', kind: 'union', inputs: ['x', 'y'] },
      top('u', 1, { per: PER_WINDOW }),
      projected('out', 't', 'window_start', 'txt1', 'n', 'place'),
    ],
    input: [event(1), other(2, 'b'), other(3, 'b'), event(12), other(15, 'b'), event(16)],
    rows: [
      [0, 'b', 2, 1],
      [10, 'a', 2, 1],
    ],
  }),
  flow('a top-n of windows that are told apart by what came before', {
    nodes: [
      ...COUNTS,
      { id: 'd', kind: 'dedupe', input: 'x', keys: ['txt1'], horizon_ms: 10 },
      top('d', 1, { per: PER_WINDOW }),
      aggregated('v', 't', { kind: 'tumbling', size_ms: 100 }, { keys: [], aggregates: [{ name: 'most', fn: 'max', args: [col('n')] }] }),
    ],
    input: [event(1), event(2, 'b'), event(3, 'b'), event(11), event(12), event(13), event(55, 'c'), event(120, 'c')],
    rows: [
      [0, 100, 2],
      [100, 200, 1],
    ],
  }),
  flow('a window over the first rows of windows', {
    nodes: [
      ...COUNTS,
      top('x', 1, { per: PER_WINDOW }),
      aggregated('v', 't', { kind: 'tumbling', size_ms: 100 }, { keys: [], aggregates: [{ name: 'most', fn: 'max', args: [col('n')] }] }),
    ],
    input: [event(1), event(2), event(15, 'b'), event(95, 'c'), event(105, 'c')],
    rows: [
      [0, 100, 2],
      [100, 200, 1],
    ],
  }),
  flow('the longest sessions of a window column', {
    nodes: [
      aggregated('s', 'events', { kind: 'session', gap_ms: 10 }),
      top('s', 1, { per: ['window_start', 'window_end', 'txt1'], order_by: [] }),
    ],
    input: [event(1), event(5), event(50)],
    rows: [
      [1, 15, 'a', 2, 1],
      [50, 60, 'a', 1, 1],
    ],
  }),
]

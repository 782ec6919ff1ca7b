import type { LookupJoinNode, PlanNode } from '@millrace/core'
import { aggregated, event, flow, moved, other, projected, right, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

function lookup(changes: Partial<LookupJoinNode> = {}): PlanNode {
  return { id: 'j', kind: 'join', left: 'events', right: 'rights', on: [['txt1', 'txt2']], type: 'lookup', ...changes }
}
const PAIRS = projected('out', 'j', 'int1', 'int2')
const CURRENT: PlanNode = { id: 'c', kind: 'latest', input: 'rights', keys: ['txt2'], deleted: 'boo2' }

export const LOOKUP_JOIN_SCENARIOS: readonly Scenario[] = [
  flow('a lookup sees what arrived before, whatever its time', {
    nodes: [lookup(), PAIRS],
    input: [event(0, 'a', 1), right(500, 'a', 1), event(1, 'a', 2), right(600, 'a', 2), event(2, 'a', 3)],
    rows: [
      [2, 1],
      [3, 2],
    ],
  }),
  flow('a left lookup keeps rows that find nothing', {
    nodes: [lookup({ how: 'left' })],
    input: [event(0, 'a', 1), right(5, 'a', 7, true), event(1, 'a', 2), event(2, 'b', 3)],
    rows: [
      [0, 'a', 1, null, null, null, null, null],
      [1, 'a', 2, null, 5, 'a', 7, true],
      [2, 'b', 3, null, null, null, null, null],
    ],
  }),
  flow('of what arrived before, the row of the greatest time is found', {
    nodes: [lookup(), PAIRS],
    input: [right(9, 'a', 1), right(5, 'a', 2), event(0, 'a', 1), right(9, 'a', 3), event(0, 'a', 2)],
    rows: [
      [1, 1],
      [2, 3],
    ],
  }),
  flow('null keys never meet in a lookup', {
    nodes: [lookup({ how: 'left' }), PAIRS],
    input: [right(1, null, 1), event(2, null, 1)],
    rows: [[1, null]],
  }),
  flow('a lookup in current rows does not find what is deleted', {
    nodes: [CURRENT, lookup({ right: 'c', how: 'left' }), PAIRS],
    input: [right(1, 'a', 1), event(0, 'a', 1), right(2, 'a', 2, true), event(0, 'a', 2), right(3, 'a', 3), event(0, 'a', 3)],
    rows: [
      [1, 1],
      [2, null],
      [3, 3],
    ],
  }),
  flow('a lookup in running counts finds them as they were', {
    nodes: [aggregated('e', 'rights', { kind: 'all' }, { keys: ['txt2'] }), lookup({ right: 'e' }), projected('out', 'j', 'int1', 'n')],
    input: [event(0, 'a', 1), right(1), event(0, 'a', 2), right(9, 'b'), right(1), right(1), event(0, 'a', 3), event(0, 'b', 4)],
    rows: [
      [2, 1],
      [3, 3],
      [4, 1],
    ],
  }),
  flow('a lookup in counts of current rows, which come, go and change their key', {
    nodes: [
      moved('x', 'rights', ['int2']),
      { id: 'd', kind: 'latest', input: 'x', keys: ['int2'], deleted: 'boo2' },
      moved('y', 'd', ['txt2']),
      aggregated('e', 'y', { kind: 'all' }, { keys: ['txt2'] }),
      lookup({ right: 'e', how: 'left' }),
      projected('out', 'j', 'int1', 'n'),
    ],
    input: [
      right(1, 'a', 1),
      right(1, 'a', 2),
      event(0, 'a', 1),
      right(2, 'b', 2),
      event(0, 'a', 2),
      event(0, 'b', 3),
      right(3, 'a', 1, true),
      event(0, 'a', 4),
      right(0, 'a', 9),
      event(0, 'a', 5),
    ],
    rows: [
      [1, 2],
      [2, 1],
      [3, 1],
      [4, null],
      [5, 1],
    ],
  }),
  flow('a lookup in counts of the first of current rows', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'rights', keys: ['txt2', 'int2'], deleted: 'boo2' },
      { id: 't', kind: 'top-n', input: 'c', per: ['txt2'], order_by: [['int2', 'desc']], n: 2 },
      aggregated('e', 't', { kind: 'all' }, { keys: ['txt2'], aggregates: [{ name: 'n', fn: 'sum', args: [col('int2')] }] }),
      lookup({ right: 'e', how: 'left' }),
      projected('out', 'j', 'int1', 'n'),
    ],
    input: [
      event(0, 'a', 1),
      right(1, 'a', 5),
      event(0, 'a', 2),
      right(1, 'a', 3),
      right(1, 'a', 4),
      event(0, 'a', 3),
      right(2, 'a', 5, true),
      event(0, 'a', 4),
      right(2, 'a', 4, true),
      right(2, 'a', 3, true),
      event(0, 'a', 5),
    ],
    rows: [
      [1, null],
      [2, 5],
      [3, 9],
      [4, 7],
      [5, null],
    ],
  }),
  flow('a lookup in counts of rows that stay and rows that are corrected', {
    nodes: [
      projected('p', 'c', 'txt2', 'int2'),
      projected('q', 'rights', 'txt2', 'int2'),
      CURRENT,
      { id: 'u', kind: 'union', inputs: ['p', 'q'] },
      aggregated('e', 'u', { kind: 'all' }, { keys: ['txt2'], aggregates: [{ name: 'n', fn: 'sum', args: [col('int2')] }] }),
      lookup({ right: 'e', how: 'left' }),
      projected('out', 'j', 'int1', 'n'),
    ],
    input: [
      event(0, 'a', 1),
      right(1, 'a', 5),
      event(0, 'a', 2),
      right(2, 'a', 1),
      event(0, 'a', 3),
      right(3, 'a', 7, true),
      event(0, 'a', 4),
    ],
    rows: [
      [1, null],
      [2, 10],
      [3, 7],
      [4, 13],
    ],
  }),
  flow('a lookup in counts of current rows whose key is gone', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'rights', keys: ['txt2', 'int2'] },
      projected('p', 'c', 'txt2', 'boo2'),
      aggregated('e', 'p', { kind: 'all' }, { keys: ['txt2'] }),
      lookup({ right: 'e', how: 'left' }),
      projected('out', 'j', 'int1', 'n'),
    ],
    input: [right(1, 'a', 5), right(1, 'a', 6), event(0, 'a', 1), right(2, 'a', 5), event(0, 'a', 2)],
    rows: [
      [1, 2],
      [2, 2],
    ],
  }),
  flow('a lookup in the last of current rows goes by the order of rows', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'rights', keys: ['txt2', 'int2'], deleted: 'boo2' },
      aggregated('e', 'c', { kind: 'all' }, { keys: ['txt2'], aggregates: [{ name: 'last', fn: 'last', args: [col('int2')] }] }),
      lookup({ right: 'e', how: 'left' }),
      projected('out', 'j', 'int1', 'last'),
    ],
    input: [
      event(0, 'a', 1),
      right(5, 'a', 1),
      right(5, 'a', 2),
      right(3, 'a', 3),
      event(0, 'a', 2),
      right(6, 'a', 1),
      event(0, 'a', 3),
      right(7, 'a', 1, true),
      event(0, 'a', 4),
    ],
    rows: [
      [1, null],
      [2, 2],
      [3, 1],
      [4, 2],
    ],
  }),
  flow('a lookup in what a filter leaves of current rows', {
    nodes: [
      CURRENT,
      { id: 'f', kind: 'filter', input: 'c', where: call('gt', col('int2'), lit(1)) },
      lookup({ right: 'f', how: 'left' }),
      PAIRS,
    ],
    input: [right(1, 'a', 5), event(0, 'a', 1), right(2, 'a', 1), event(0, 'a', 2)],
    rows: [
      [1, 5],
      [2, null],
    ],
  }),
  flow('a lookup in rows that a filter leaves finds the last of those', {
    nodes: [{ id: 'f', kind: 'filter', input: 'rights', where: call('gt', col('int2'), lit(1)) }, lookup({ right: 'f' }), PAIRS],
    input: [right(1, 'a', 5), right(2, 'a', 1), event(0, 'a', 1)],
    rows: [[1, 5]],
  }),
  flow('a lookup judges nothing, and its rows keep their stamps', {
    nodes: [lookup({ how: 'left' }), aggregated('w', 'j', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt1', 'int2'] })],
    input: [right(100, 'a', 1), right(1, 'a', 2), event(50, 'a', 1), event(5, 'a', 2), event(45, 'a', 3), event(55, 'a', 4)],
    rows: [[50, 60, 'a', 1, 2]],
    late: [
      [3, 'w'],
      [4, 'w'],
    ],
  }),
  flow('a lookup by two columns', {
    nodes: [
      lookup({
        on: [
          ['txt1', 'txt2'],
          ['int1', 'int2'],
        ],
      }),
      projected('out', 'j', 'int1', 'ts2'),
    ],
    input: [
      right(1, 'a', 1),
      right(2, 'a', 2),
      right(3, 'b', 1),
      event(0, 'a', 1),
      event(0, 'a', 2),
      event(0, 'a', 3),
      event(0, 'a', null),
    ],
    rows: [
      [1, 1],
      [2, 2],
    ],
  }),
  flow('a lookup behind a lookup', {
    nodes: [
      lookup({ how: 'left' }),
      projected('p', 'rights', ['ts3', 'ts2'], ['txt3', 'txt2'], ['int3', 'int2']),
      aggregated('e', 'p', { kind: 'all' }, { keys: ['txt3'] }),
      { id: 'k', kind: 'join', left: 'j', right: 'e', on: [['txt1', 'txt3']], type: 'lookup', how: 'left' },
      projected('out', 'k', 'int1', 'int2', 'n'),
    ],
    input: [right(1, 'a', 7), event(0, 'a', 1), right(2, 'a', 8), event(0, 'a', 2), event(0, 'b', 3)],
    rows: [
      [1, 7, 1],
      [2, 8, 2],
      [3, null, null],
    ],
  }),
  flow('a stream looks its own past up', {
    nodes: [projected('past', 'events', ['ts2', 'ts1'], ['txt2', 'txt1'], ['int2', 'int1']), lookup({ right: 'past', how: 'left' }), PAIRS],
    input: [event(5, 'a', 1), event(9, 'a', 2), event(7, 'a', 3), event(9, 'a', 4), event(1, 'b', 5)],
    rows: [
      [1, null],
      [2, 1],
      [3, 2],
      [4, 2],
      [5, null],
    ],
  }),
  flow('a lookup for the rows of two sources', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, lookup({ left: 'u' }), PAIRS],
    input: [event(0, 'a', 1), right(0, 'a', 1), other(0, 'a', 2), right(1, 'a', 2), event(0, 'a', 3)],
    rows: [
      [2, 1],
      [3, 2],
    ],
  }),
  flow('a lookup behind exchanges', {
    nodes: [
      moved('x', 'events', ['int1']),
      moved('y', 'rights', ['int2']),
      lookup({ left: 'x', right: 'y', on: [['int1', 'int2']] }),
      projected('out', 'j', 'ts1', 'txt2'),
    ],
    input: [right(1, 'z', 1), event(3, 'a', 1), right(2, 'y', 1), event(4, 'a', 1)],
    rows: [
      [3, 'z'],
      [4, 'y'],
    ],
  }),
  flow('a lookup finds rows whatever their stamps', {
    nodes: [lookup(), PAIRS],
    input: [stamped(1000, right(5, 'a', 1)), stamped(1000, event(5, 'a', 1))],
    rows: [[1, 1]],
  }),
]

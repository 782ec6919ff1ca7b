import type { AsOfJoinNode, PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, projected, right, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

function asOf(changes: Partial<AsOfJoinNode> = {}): PlanNode {
  return { id: 'j', kind: 'join', left: 'events', right: 'rights', on: [['txt1', 'txt2']], type: 'as-of', ...changes }
}
const PAIRS = projected('out', 'j', 'int1', 'int2')
const PATIENT = { watermark_delay_ms: 1000 }

export const AS_OF_JOIN_SCENARIOS: readonly Scenario[] = [
  flow('an as-of join finds the latest right row at or before', {
    nodes: [asOf(), PAIRS],
    input: [right(5, 'a', 1), right(10, 'a', 2), right(11, 'a', 3), event(9, 'a', 1), event(10, 'a', 2), event(100, 'a', 3)],
    rows: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  }),
  flow('a strict as-of join takes no right row of the same time', {
    nodes: [asOf({ strict: true }), PAIRS],
    input: [right(5, 'a', 1), right(10, 'a', 2), event(5, 'a', 1), event(10, 'a', 2), event(11, 'a', 3)],
    rows: [
      [2, 1],
      [3, 2],
    ],
  }),
  flow('the maximum age of an as-of join is included', {
    nodes: [asOf({ max_age_ms: 10 }), PAIRS],
    input: [right(0, 'a', 1), event(10, 'a', 1), event(11, 'a', 2)],
    rows: [[1, 1]],
  }),
  flow('a left as-of join keeps left rows without a partner', {
    nodes: [asOf({ how: 'left', max_age_ms: 10 })],
    input: [event(1, 'a', 1), right(5, 'a', 7, true), event(5, 'a', 2), event(16, 'a', 3), event(17, 'b', 4)],
    rows: [
      [1, 'a', 1, null, null, null, null, null],
      [5, 'a', 2, null, 5, 'a', 7, true],
      [16, 'a', 3, null, null, null, null, null],
      [17, 'b', 4, null, null, null, null, null],
    ],
  }),
  flow('null keys never meet in an as-of join', {
    nodes: [asOf({ how: 'left' }), PAIRS],
    input: [right(1, null, 1), right(1, 'a', 2), event(2, null, 1), event(2, 'a', 2)],
    rows: [
      [1, null],
      [2, 2],
    ],
  }),
  flow('of right rows of one time the last to arrive is found', {
    nodes: [asOf(), PAIRS],
    input: [right(5, 'a', 3), right(5, 'a', 1), event(6, 'a', 1), right(5, 'a', 2)],
    rows: [[1, 2]],
  }),
  flow('a right row that arrives after the left one is found too', {
    nodes: [asOf(), PAIRS],
    input: [event(10, 'a', 1), right(4, 'a', 1), right(9, 'a', 2), right(11, 'a', 3)],
    rows: [[1, 2]],
  }),
  flow('right rows out of order in time are found by their times', {
    source: PATIENT,
    nodes: [asOf(), PAIRS],
    input: [right(30, 'a', 1), right(10, 'a', 2), right(20, 'a', 3), event(25, 'a', 1), event(15, 'a', 2), event(5, 'a', 3)],
    rows: [
      [1, 3],
      [2, 2],
    ],
  }),
  flow('late rows of either side are left out of an as-of join', {
    nodes: [asOf({ how: 'left' }), PAIRS],
    input: [event(20, 'a', 1), event(19, 'a', 2), right(15, 'a', 1), right(14, 'a', 2), event(20, 'a', 3)],
    rows: [
      [1, 1],
      [3, 1],
    ],
    late: [
      [1, 'j'],
      [3, 'j'],
    ],
  }),
  flow('in exact mode no row is late for an as-of join', {
    mode: 'exact',
    nodes: [asOf(), PAIRS],
    input: [right(15, 'a', 1), right(14, 'a', 2), event(20, 'a', 1), event(14, 'a', 2)],
    rows: [
      [1, 1],
      [2, 2],
    ],
  }),
  flow('an as-of join of two columns', {
    nodes: [
      asOf({
        on: [
          ['txt1', 'txt2'],
          ['int1', 'int2'],
        ],
      }),
      projected('out', 'j', 'ts1', 'ts2', 'int1'),
    ],
    input: [
      right(1, 'a', 1),
      right(2, 'a', 2),
      right(3, 'a', null),
      event(5, 'a', 1),
      event(6, 'a', 2),
      event(7, 'a', null),
      event(8, 'b', 1),
    ],
    rows: [
      [5, 1, 1],
      [6, 2, 2],
    ],
  }),
  flow('null among several keys never meets null in an as-of join, however many rows there are', {
    mode: 'exact',
    nodes: [
      asOf({
        on: [
          ['txt1', 'txt2'],
          ['int1', 'int2'],
        ],
      }),
      projected('out', 'j', 'ts1', 'int1', 'ts2', 'int2'),
    ],
    input: Array.from({ length: 200 }, (_, i) => [event(i, 'a', i % 2 === 0 ? null : 1), right(i, 'a', i % 2 === 0 ? null : 1)]).flat(),
    rows: Array.from({ length: 100 }, (_, i) => [2 * i + 1, 1, 2 * i + 1, 1]),
  }),
  flow('an as-of join keeps the time of its left row', {
    nodes: [asOf(), aggregated('w', 'j', { kind: 'tumbling', size_ms: 10 })],
    input: [right(1), event(5), event(15), event(16)],
    rows: [
      [0, 10, 'a', 1],
      [10, 20, 'a', 2],
    ],
  }),
  flow('a window’s rows beside the latest that was known at their end', {
    nodes: [
      aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }),
      asOf({ left: 'w' }),
      projected('out', 'j', 'window_end', 'n', 'int2'),
    ],
    input: [right(9, 'a', 1), right(10, 'a', 2), event(5), event(15), event(16)],
    rows: [
      [10, 1, 1],
      [20, 2, 2],
    ],
  }),
  flow('rows beside the latest window that closed before them', {
    nodes: [
      aggregated('w', 'rights', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt2'] }),
      asOf({ right: 'w' }),
      projected('out', 'j', 'int1', 'window_end', 'n'),
    ],
    input: [right(1), right(2), right(11), event(8, 'a', 1), event(9, 'a', 2), event(18, 'a', 3), event(19, 'a', 4)],
    rows: [
      [2, 10, 2],
      [3, 10, 2],
      [4, 20, 1],
    ],
  }),
  flow('of windows of one end the greatest by its columns is found', {
    nodes: [
      aggregated('w', 'rights', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt2', 'int2'] }),
      asOf({ right: 'w' }),
      projected('out', 'j', 'int1', 'int2'),
    ],
    input: [right(1, 'a', 3), right(2, 'a', 7), right(3, 'a', null), right(4, 'a', 5), event(12, 'a', 1)],
    rows: [[1, 7]],
  }),
  flow('a stream beside its own past', {
    nodes: [
      projected('past', 'events', ['ts2', 'ts1'], ['txt2', 'txt1'], ['int2', 'int1']),
      asOf({ right: 'past', strict: true, how: 'left' }),
      PAIRS,
    ],
    input: [event(1, 'a', 1), event(5, 'a', 2), event(5, 'a', 3), event(4, 'a', 9), event(8, 'a', 4)],
    rows: [
      [1, null],
      [2, 1],
      [3, 1],
      [4, 3],
    ],
    late: [[3, 'j']],
  }),
  flow('an as-of join behind exchanges', {
    nodes: [
      moved('x', 'events', ['int1']),
      moved('y', 'rights', ['int2']),
      asOf({ left: 'x', right: 'y', on: [['int1', 'int2']] }),
      projected('out', 'j', 'ts1', 'ts2', 'txt2'),
    ],
    input: [right(1, 'z', 1), right(2, 'y', 1), event(3, 'a', 1), event(3, 'b', 2)],
    rows: [[3, 2, 'y']],
  }),
  flow('an as-of join takes rows that its source lets be late', {
    source: { late: { revise: '5ms' } },
    nodes: [asOf(), PAIRS],
    input: [right(20, 'a', 1), right(15, 'a', 2), right(14, 'a', 3), event(16, 'a', 1)],
    rows: [[1, 2]],
    late: [[2, 'j']],
  }),
  flow('an as-of join judges the stamp that a row brings', {
    nodes: [asOf(), PAIRS],
    input: [stamped(6, right(5, 'a', 1)), stamped(4, right(4, 'a', 2)), event(9, 'a', 1)],
    rows: [[1, 2]],
    late: [[0, 'j']],
  }),
  flow('a dedupe of an as-of join goes by the order of its left rows', {
    nodes: [asOf(), { id: 'd', kind: 'dedupe', input: 'j', keys: ['txt1'], horizon_ms: 0 }, projected('out', 'd', 'int1', 'int2')],
    input: [right(1, 'a', 1), event(5, 'a', 9), event(5, 'a', 3), right(5, 'a', 2)],
    rows: [[9, 2]],
  }),
  flow('counts of an as-of join per right row', {
    nodes: [
      asOf(),
      aggregated(
        'w',
        'j',
        { kind: 'tumbling', size_ms: 100 },
        { keys: ['txt1', 'int2'], aggregates: [COUNT, { name: 'last', fn: 'max', args: [col('int1')] }] },
      ),
    ],
    input: [right(1, 'a', 1), right(5, 'a', 2), event(3, 'a', 1), event(6, 'a', 2), event(7, 'a', 3)],
    rows: [
      [0, 100, 'a', 1, 1, 1],
      [0, 100, 'a', 2, 2, 3],
    ],
  }),
  flow('an as-of join of a source with itself, of which the right side takes a range', {
    nodes: [
      { id: 'f', kind: 'filter', input: 'events', where: call('between', col('int1'), lit(1), lit(5)) },
      projected('p', 'f', ['key', 'txt1'], ['found', 'int1']),
      asOf({ right: 'p', on: [['txt1', 'key']], strict: true }),
      projected('out', 'j', 'int1', 'found'),
    ],
    input: [event(1, 'a', 9), event(2, 'a', 4), event(3, 'a', 7), event(4, 'a', 6)],
    rows: [
      [7, 4],
      [6, 4],
    ],
  }),
]

import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

function latest(input = 'events', changes: { readonly keys?: readonly string[]; readonly deleted?: string } = {}): PlanNode {
  return { id: 'c', kind: 'latest', input, keys: changes.keys ?? ['txt1'], deleted: changes.deleted }
}
const NUMBERS = projected('out', 'c', 'txt1', 'int1')

export const LATEST_SCENARIOS: readonly Scenario[] = [
  flow('the row of the greatest event time of a key is current', {
    nodes: [latest()],
    input: [event(0, 'a', 1), event(9, 'a', 2, true), event(5, 'b', 3), event(3, 'a', 4)],
    rows: [
      [9, 'a', 2, true],
      [5, 'b', 3, null],
    ],
  }),
  flow('of rows of one time the last to arrive is current', {
    nodes: [latest(), NUMBERS],
    input: [event(5, 'a', 3), event(5, 'a', 1), event(5, 'a', 2)],
    rows: [['a', 2]],
  }),
  flow('null is a key of current rows', {
    nodes: [latest(), NUMBERS],
    input: [event(1, null, 1), event(2, null, 2)],
    rows: [[null, 2]],
  }),
  flow('no row is too late to be current', {
    nodes: [latest(), NUMBERS],
    input: [event(100, 'b', 1), event(5, 'a', 2), stamped(1000, event(6, 'a', 3))],
    rows: [
      ['b', 1],
      ['a', 3],
    ],
  }),
  flow('a key whose current row says that it is deleted has none', {
    nodes: [latest('events', { deleted: 'boo1' }), NUMBERS],
    input: [event(1, 'a', 1), event(2, 'a', 2, true), event(1, 'b', 3, true), event(2, 'b', 4, false), event(3, 'c', 5, true)],
    rows: [['b', 4]],
  }),
  flow('a deleted key comes back, and an older deletion does not count', {
    nodes: [latest('events', { deleted: 'boo1' }), NUMBERS],
    input: [event(5, 'a', 1, true), event(6, 'a', 2), event(5, 'b', 3), event(4, 'b', 4, true), event(7, 'c', 5, null)],
    rows: [
      ['a', 2],
      ['b', 3],
      ['c', 5],
    ],
  }),
  flow('current rows without keys are one', {
    nodes: [moved('x', 'events', []), latest('x', { keys: [] }), NUMBERS],
    input: [event(1, 'a', 1), event(3, 'b', 2), event(2, 'c', 3)],
    rows: [['b', 2]],
  }),
  flow('current rows of nothing', { nodes: [latest(), NUMBERS], input: [], rows: [] }),
  flow('a filter behind the current rows takes keys away', {
    nodes: [
      latest(),
      { id: 'f', kind: 'filter', input: 'c', where: call('gt', col('int1'), lit(1)) },
      projected('out', 'f', 'txt1', 'int1'),
    ],
    input: [event(1, 'a', 5), event(2, 'a', 1), event(1, 'b', 1), event(2, 'b', 5)],
    rows: [['b', 5]],
  }),
  flow('an aggregate over current rows counts none that were replaced', {
    nodes: [latest('events', { keys: ['txt1', 'int1'] }), aggregated('e', 'c', { kind: 'all' }, { aggregates: [COUNT, SUM] })],
    input: [event(1, 'a', 1), event(2, 'a', 1), event(3, 'a', 7), event(4, 'b', 2)],
    rows: [
      ['a', 2, 8],
      ['b', 1, 2],
    ],
  }),
  flow('an aggregate over current rows loses the keys of deleted ones', {
    nodes: [latest('events', { keys: ['txt1', 'int1'], deleted: 'boo1' }), aggregated('e', 'c', { kind: 'all' })],
    input: [event(1, 'a', 1), event(2, 'a', 1, true), event(3, 'b', 7), event(4, 'b', 8), event(5, 'b', 8, true)],
    rows: [['b', 1]],
  }),
  flow('an aggregate over current rows that moved to other keys', {
    nodes: [latest(), moved('x', 'c', ['int1']), aggregated('e', 'x', { kind: 'all' }, { keys: ['int1'] })],
    input: [event(1, 'a', 1), event(1, 'b', 1), event(2, 'a', 2), event(3, 'c', 1)],
    rows: [
      [1, 2],
      [2, 1],
    ],
  }),
  flow('current rows of the windows of a key', {
    nodes: [aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }), latest('w')],
    input: [event(1), event(2), event(11), event(1, 'b'), event(25, 'b')],
    rows: [
      [10, 20, 'a', 1],
      [20, 30, 'b', 1],
    ],
    late: [[3, 'w']],
  }),
  flow('current rows of two sources', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, latest('u'), NUMBERS],
    input: [event(5, 'a', 1), other(5, 'a', 2), event(4, 'a', 3), other(9, 'b', 4), event(9, 'b', 5)],
    rows: [
      ['a', 2],
      ['b', 5],
    ],
  }),
  flow('of rows without arrival at one time the greatest by its columns is current', {
    nodes: [aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt1', 'int1'] }), latest('w'), NUMBERS],
    input: [event(1, 'a', 2), event(2, 'a', 9), event(3, 'a', null), event(4, 'a', 5)],
    rows: [['a', 9]],
  }),
  flow('current rows do not change with a late policy that corrects', {
    source: { late: { revise: '1s' } },
    nodes: [latest(), NUMBERS],
    input: [event(5000, 'a', 1), event(1, 'b', 2)],
    rows: [
      ['a', 1],
      ['b', 2],
    ],
  }),
]

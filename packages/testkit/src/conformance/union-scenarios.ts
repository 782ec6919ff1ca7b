import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

const union = (...inputs: string[]): PlanNode => ({ id: 'u', kind: 'union', inputs })
const BOTH = union('events', 'others')
const tumbling = (id: string, input: string, size_ms = 10): PlanNode =>
  aggregated(id, input, { kind: 'tumbling', size_ms }, { aggregates: [COUNT, SUM] })
const dedupe = (id: string, input: string): PlanNode => ({ id, kind: 'dedupe', input, keys: ['txt1'], horizon_ms: 0 })

export const UNION_SCENARIOS: readonly Scenario[] = [
  flow('a union has all rows of its inputs', {
    nodes: [BOTH],
    input: [event(1, 'a', 1), other(1, 'a', 1), other(2, null, null, true)],
    rows: [
      [1, 'a', 1, null],
      [1, 'a', 1, null],
      [2, null, null, true],
    ],
  }),
  flow('a union with an empty input', { nodes: [BOTH], input: [other(2, 'b', 2)], rows: [[2, 'b', 2, null]] }),
  flow('a union of an input with itself has its rows twice', {
    nodes: [union('events', 'events'), tumbling('w', 'u')],
    input: [event(1, 'a', 3), event(2, 'a', 4)],
    rows: [[0, 10, 'a', 4, 14]],
  }),
  flow('a union of one input is that input', { nodes: [union('events')], input: [event(1, 'a', 1)], rows: [[1, 'a', 1, null]] }),
  flow('each row of a union is late by the watermark of its own source', {
    nodes: [BOTH, tumbling('w', 'u')],
    input: [event(100, 'a', 1), other(5, 'a', 2), event(5, 'a', 4), other(30, 'a', 8), other(6, 'a', 16)],
    rows: [
      [0, 10, 'a', 1, 2],
      [30, 40, 'a', 1, 8],
      [100, 110, 'a', 1, 1],
    ],
    late: [
      [2, 'w'],
      [4, 'w'],
    ],
  }),
  flow('a union of rows with and without stamps: those that left a dedupe are never late again', {
    nodes: [dedupe('d', 'events'), union('d', 'others'), tumbling('w', 'u')],
    input: [event(5, 'a', 1), event(100, 'a', 2), event(99, 'a', 4), other(50, 'a', 8), other(7, 'a', 16), other(50, 'a', 32)],
    rows: [
      [0, 10, 'a', 1, 1],
      [50, 60, 'a', 2, 40],
      [100, 110, 'a', 1, 2],
    ],
    late: [
      [2, 'd'],
      [4, 'w'],
    ],
  }),
  flow('a union of a source and of what a filter left of another', {
    nodes: [
      { id: 'f', kind: 'filter', input: 'others', where: call('gt', col('int1'), lit(1)) },
      union('events', 'f'),
      projected('out', 'u', 'int1'),
    ],
    input: [event(1, 'a', 0), other(1, 'a', 0), other(1, 'a', 2)],
    rows: [[0], [2]],
  }),
  flow('a union of windows of two sizes', {
    nodes: [tumbling('w', 'events', 10), tumbling('v', 'events', 20), union('w', 'v')],
    input: [event(1, 'a', 1), event(12, 'a', 2)],
    rows: [
      [0, 10, 'a', 1, 1],
      [10, 20, 'a', 1, 2],
      [0, 20, 'a', 2, 3],
    ],
  }),
  flow('one window over all rows of a union of windows', {
    nodes: [
      tumbling('w', 'events', 10),
      tumbling('v', 'others', 5),
      union('w', 'v'),
      aggregated('out', 'u', { kind: 'tumbling', size_ms: 10 }, { aggregates: [{ name: 'rows', fn: 'sum', args: [col('n')] }] }),
    ],
    input: [event(1), event(2), other(3), other(7), other(12)],
    rows: [
      [0, 10, 'a', 4],
      [10, 20, 'a', 1],
    ],
  }),
  flow('unions within unions', {
    nodes: [{ id: 'v', kind: 'union', inputs: ['events', 'others'] }, union('v', 'events'), tumbling('w', 'u')],
    input: [event(1, 'a', 1), other(2, 'a', 2)],
    rows: [[0, 10, 'a', 3, 4]],
  }),
  flow('a union of sources that lie by other keys comes together by an exchange', {
    nodes: [
      projected('p', 'events', 'txt1', 'int1'),
      projected('q', 'others', ['txt1', 'txt1'], ['int1', 'int1']),
      moved('x', 'q', ['int1']),
      union('p', 'x'),
      moved('y', 'u', ['txt1']),
      tumbling('w', 'y'),
    ],
    input: [event(1, 'a', 1), other(2, 'a', 2), other(3, 'b', 4)],
    rows: [
      [0, 10, 'a', 2, 3],
      [0, 10, 'b', 1, 4],
    ],
  }),
  flow('a union of current rows and running counts', {
    nodes: [
      { id: 'c', kind: 'latest', input: 'events', keys: ['txt1'] },
      projected('p', 'c', 'txt1', 'int1'),
      aggregated('e', 'events', { kind: 'all' }),
      {
        id: 'q',
        kind: 'project',
        input: 'e',
        columns: [
          { name: 'txt1', expr: col('txt1') },
          { name: 'int1', expr: { case: [[call('gt', col('n'), lit(1)), lit(2)]], else: lit(1) } },
        ],
      },
      union('p', 'q'),
    ],
    input: [event(1, 'a', 10), event(2, 'a', 20), event(1, 'b', 30)],
    rows: [
      ['a', 20],
      ['b', 30],
      ['a', 2],
      ['b', 1],
    ],
  }),
  flow('in exact mode nothing in a union is late', {
    mode: 'exact',
    nodes: [BOTH, tumbling('w', 'u')],
    input: [event(100, 'a', 1), event(5, 'a', 4), other(6, 'a', 16)],
    rows: [
      [0, 10, 'a', 2, 20],
      [100, 110, 'a', 1, 1],
    ],
  }),
]

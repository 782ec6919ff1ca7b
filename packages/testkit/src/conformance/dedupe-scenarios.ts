import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

function dedupe(horizon_ms: number, input = 'events', keys: readonly string[] = ['txt1']): PlanNode {
  return { id: 'd', kind: 'dedupe', input, keys, horizon_ms }
}
const NUMBERS = projected('out', 'd', 'int1')
const PATIENT = { watermark_delay_ms: 1000 }

export const DEDUPE_SCENARIOS: readonly Scenario[] = [
  flow('a row at most the horizon behind one of its key is dropped', {
    nodes: [dedupe(10), NUMBERS],
    input: [event(0, 'a', 1), event(10, 'a', 2), event(21, 'a', 3), event(32, 'a', 4)],
    rows: [[1], [3], [4]],
  }),
  flow('a dropped row drops the next one', {
    nodes: [dedupe(10), NUMBERS],
    input: [event(0, 'a', 1), event(8, 'a', 2), event(16, 'a', 3), event(24, 'a', 4), event(40, 'a', 5)],
    rows: [[1], [5]],
  }),
  flow('keys are told apart, and null is a key', {
    nodes: [dedupe(10)],
    input: [event(0, 'a', 1, true), event(1, null, 2), event(2, 'b', 3), event(3, null, 4), event(4, 'a', 5)],
    rows: [
      [0, 'a', 1, true],
      [1, null, 2, null],
      [2, 'b', 3, null],
    ],
  }),
  flow('of rows of one time the one that arrived first is kept', {
    nodes: [dedupe(0), NUMBERS],
    input: [event(5, 'a', 2), event(5, 'a', 1), event(5, 'a', 3), event(6, 'a', 4)],
    rows: [[2], [4]],
  }),
  flow('a row out of order drops the one after it in time', {
    source: PATIENT,
    nodes: [dedupe(10), NUMBERS],
    input: [event(20, 'a', 1), event(12, 'a', 2), event(1, 'a', 3)],
    rows: [[2], [3]],
  }),
  flow('a late row is neither kept nor drops another', {
    nodes: [dedupe(10), NUMBERS],
    input: [event(0, 'a', 1), event(30, 'a', 2), event(25, 'a', 3), event(41, 'a', 4)],
    rows: [[1], [2], [4]],
    late: [[2, 'd']],
  }),
  flow('in exact mode no row is late for a dedupe', {
    mode: 'exact',
    nodes: [dedupe(10), NUMBERS],
    input: [event(0, 'a', 1), event(30, 'a', 2), event(25, 'a', 3)],
    rows: [[1], [3]],
  }),
  flow('keys of several columns', {
    nodes: [dedupe(10, 'events', ['txt1', 'int1'])],
    input: [event(0, 'a', 1), event(1, 'a', 2), event(2, 'a', 1), event(3, 'a', null), event(4, 'a', null)],
    rows: [
      [0, 'a', 1, null],
      [1, 'a', 2, null],
      [3, 'a', null, null],
    ],
  }),
  flow('without keys all rows are one', {
    nodes: [moved('x', 'events', []), dedupe(10, 'x', []), NUMBERS],
    input: [event(0, 'a', 1), event(1, 'b', 2), event(20, null, 3)],
    rows: [[1], [3]],
  }),
  flow('of two sources at one time that of the lower arrival is kept', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, dedupe(10, 'u'), NUMBERS],
    input: [other(5, 'a', 1), event(5, 'a', 2), other(5, 'a', 3)],
    rows: [[1]],
  }),
  flow('of one record that comes twice the input named first is kept', {
    nodes: [
      {
        id: 'p',
        kind: 'project',
        input: 'events',
        columns: [
          { name: 'txt1', expr: col('txt1') },
          { name: 'int1', expr: call('add', col('int1'), lit(10)) },
        ],
      },
      {
        id: 'q',
        kind: 'project',
        input: 'events',
        columns: [
          { name: 'txt1', expr: col('txt1') },
          { name: 'int1', expr: call('add', col('int1'), lit(20)) },
        ],
      },
      { id: 'u', kind: 'union', inputs: ['q', 'p'] },
      dedupe(10, 'u'),
      NUMBERS,
    ],
    input: [event(5, 'a', 1)],
    rows: [[21]],
  }),
  flow('rows of windows, which have no arrival, are told apart by their columns', {
    nodes: [aggregated('w', 'events', { kind: 'tumbling', size_ms: 10 }, { keys: ['txt1', 'int1'] }), dedupe(0, 'w')],
    input: [event(5, 'a', 3), event(6, 'a', 1), event(7, 'a', null), event(8, 'a', null)],
    rows: [[0, 10, 'a', null, 2]],
  }),
  flow('a dedupe keeps time and order for what comes behind it', {
    nodes: [dedupe(10), aggregated('w', 'd', { kind: 'tumbling', size_ms: 20 }, { aggregates: [COUNT] })],
    input: [event(0, 'a', 1), event(5, 'a', 2), event(18, 'a', 3), event(40, 'a', 4), event(10, 'a', 5)],
    rows: [
      [0, 20, 'a', 2],
      [40, 60, 'a', 1],
    ],
    late: [[4, 'd']],
  }),
  flow('a dedupe behind a dedupe goes by the rows that are left', {
    nodes: [{ ...dedupe(5), id: 'first' } as PlanNode, dedupe(10, 'first'), NUMBERS],
    input: [event(0, 'a', 1), event(4, 'a', 2), event(12, 'a', 3)],
    rows: [[1], [3]],
  }),
  flow('a dedupe takes rows that its source lets be late', {
    source: { late: { revise: '5ms' } },
    nodes: [dedupe(10), NUMBERS],
    input: [event(20, 'a', 1), event(15, 'a', 2), event(14, 'a', 3)],
    rows: [[2]],
    late: [[2, 'd']],
  }),
  flow('a dedupe judges the stamp that a row brings', {
    nodes: [dedupe(10), NUMBERS],
    input: [stamped(6, event(5, 'a', 1)), stamped(5, event(5, 'a', 2))],
    rows: [[2]],
    late: [[0, 'd']],
  }),
]

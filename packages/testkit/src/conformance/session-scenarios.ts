import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM, stamped } from './flow.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

const session = (gap_ms = 10): PlanNode => aggregated('s', 'events', { kind: 'session', gap_ms })
const LATE_OK = { watermark_delay_ms: 100 }

export const SESSION_SCENARIOS: readonly Scenario[] = [
  flow('rows of a session are at most the gap apart', {
    nodes: [session()],
    input: [event(0), event(10), event(21)],
    rows: [
      [0, 20, 'a', 2],
      [21, 31, 'a', 1],
    ],
  }),
  flow('sessions of keys of several columns', {
    nodes: [aggregated('s', 'events', { kind: 'session', gap_ms: 10 }, { keys: ['txt1', 'int1'] })],
    input: [event(0, 'a', 1), event(5, 'a', 2), event(9, 'a', 1), event(40, 'a', null)],
    rows: [
      [0, 19, 'a', 1, 2],
      [5, 15, 'a', 2, 1],
      [40, 50, 'a', null, 1],
    ],
  }),
  flow('values of a session have a variance', {
    nodes: [
      aggregated(
        's',
        'events',
        { kind: 'session', gap_ms: 10 },
        { aggregates: [COUNT, { name: 'spread', fn: 'variance', args: [col('int1')] }] },
      ),
    ],
    input: [event(0, 'a', 1), event(5, 'a', 3), event(30, 'a', 7), event(31, null, 2), event(33, null)],
    rows: [
      [0, 15, 'a', 2, 2],
      [30, 40, 'a', 1, null],
      [31, 43, null, 2, null],
    ],
  }),
  flow('a session ends a gap after its last row', { nodes: [session(7)], input: [event(3)], rows: [[3, 10, 'a', 1]] }),
  flow('keys have sessions of their own, and null is a key', {
    nodes: [session()],
    input: [event(0), event(5, null), event(6, 'b'), event(9), event(14, null)],
    rows: [
      [0, 19, 'a', 2],
      [5, 24, null, 2],
      [6, 16, 'b', 1],
    ],
  }),
  flow('a row that comes out of order in time brings two sessions together', {
    source: LATE_OK,
    nodes: [session()],
    input: [event(0), event(20), event(40), event(10)],
    rows: [
      [0, 30, 'a', 3],
      [40, 50, 'a', 1],
    ],
  }),
  flow('a row before its watermark is late for its session, at the watermark it is not', {
    nodes: [session()],
    input: [event(0), event(50), event(49), event(50)],
    rows: [
      [0, 10, 'a', 1],
      [50, 60, 'a', 2],
    ],
    late: [[2, 's']],
  }),
  flow('a late row keeps no sessions together', {
    nodes: [session()],
    input: [event(0), event(20), event(10)],
    rows: [
      [0, 10, 'a', 1],
      [20, 30, 'a', 1],
    ],
    late: [[2, 's']],
  }),
  flow('in exact mode no row is late for a session', {
    mode: 'exact',
    nodes: [session()],
    input: [event(0), event(20), event(10)],
    rows: [[0, 30, 'a', 3]],
  }),
  flow('a row that was filtered out keeps no sessions together', {
    nodes: [
      { id: 'f', kind: 'filter', input: 'events', where: call('gt', col('int1'), lit(0)) },
      aggregated('s', 'f', { kind: 'session', gap_ms: 10 }),
    ],
    input: [event(0, 'a', 1), event(8, 'a', 0), event(16, 'a', 1)],
    rows: [
      [0, 10, 'a', 1],
      [16, 26, 'a', 1],
    ],
  }),
  flow('sessions of rows of one time', {
    nodes: [aggregated('s', 'events', { kind: 'session', gap_ms: 1 }, { aggregates: [COUNT, SUM] })],
    input: [event(5, 'a', 1), event(5, 'a', 2), event(7, 'a', 4)],
    rows: [
      [5, 6, 'a', 2, 3],
      [7, 8, 'a', 1, 4],
    ],
  }),
  flow('aggregates of a session leave out what their condition does', {
    nodes: [
      aggregated(
        's',
        'events',
        { kind: 'session', gap_ms: 10 },
        {
          aggregates: [
            { name: 'some', fn: 'count', where: call('gt', col('int1'), lit(1)) },
            { name: 'kinds', fn: 'count_distinct', args: [col('int1')], max: 2 },
            { name: 'least', fn: 'min', args: [col('int1')] },
          ],
        },
      ),
    ],
    input: [event(0, 'a', 1), event(1, 'a', 2), event(2, 'a', 3), event(3), event(50)],
    rows: [
      [0, 13, 'a', 2, 2, 1],
      [50, 60, 'a', 0, 0, null],
    ],
  }),
  flow('sessions before 1970 and over it', {
    nodes: [session()],
    input: [event(-25), event(-5), event(5)],
    rows: [
      [-25, -15, 'a', 1],
      [-5, 15, 'a', 2],
    ],
  }),
  flow('a session of all keys together', {
    nodes: [moved('x', 'events', []), aggregated('s', 'x', { kind: 'session', gap_ms: 10 }, { keys: [] })],
    input: [event(0), event(8, 'b'), event(16, null), event(40)],
    rows: [
      [0, 26, 3],
      [40, 50, 1],
    ],
  }),
  flow('sessions over the rows of two sources, each late by its own watermark', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, aggregated('s', 'u', { kind: 'session', gap_ms: 10 })],
    input: [event(100), other(95), other(60), event(50), other(110)],
    rows: [[95, 120, 'a', 3]],
    late: [
      [2, 's'],
      [3, 's'],
    ],
  }),
  flow('the event time of a session is its last millisecond', {
    nodes: [session(), aggregated('w', 's', { kind: 'tumbling', size_ms: 10 })],
    input: [event(1), event(10), event(35)],
    rows: [
      [10, 20, 'a', 1],
      [40, 50, 'a', 1],
    ],
  }),
  flow('sessions of sessions', {
    nodes: [
      session(),
      projected('p', 's', 'txt1', ['int1', 'n']),
      aggregated('t', 'p', { kind: 'session', gap_ms: 30 }, { aggregates: [COUNT] }),
    ],
    input: [event(0), event(30), event(100)],
    rows: [
      [9, 69, 'a', 2],
      [109, 139, 'a', 1],
    ],
  }),
  flow('a session takes rows that its source lets be late', {
    source: { late: { revise: '20ms' } },
    nodes: [session()],
    input: [event(0), event(30), event(10), event(9)],
    rows: [
      [0, 20, 'a', 2],
      [30, 40, 'a', 1],
    ],
    late: [[3, 's']],
  }),
  flow('a session judges the stamp that a row brings', {
    nodes: [session()],
    input: [stamped(6, event(5)), stamped(5, event(5)), stamped(-9, event(5))],
    rows: [[5, 15, 'a', 2]],
    late: [[0, 's']],
  }),
]

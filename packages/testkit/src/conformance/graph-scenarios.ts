import type { Aggregate, IntervalJoinNode, PlanNode, PlanSource, Window } from '@millrace/core'
import type { PlanRunLine } from '../case/plan-case.ts'
import { call, col, graphScenario, lit, type Scenario } from './scenario.ts'

const EVENTS: PlanSource = {
  name: 'events',
  event_time: 'ts1',
  key: ['txt1'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'int1', type: 'int32', nullable: true },
  ],
}

function at(ts1: number, txt1: string | null = 'a', int1: number | null = null): PlanRunLine {
  return { row: { ts1, txt1, int1 } }
}

const COUNT = (name: string): Aggregate => ({ name, fn: 'count' })
const SUM = (name: string, of: string): Aggregate => ({ name, fn: 'sum', args: [col(of)] })

function over(id: string, input: string, window: Window, aggregates: readonly Aggregate[], keys: readonly string[] = ['txt1']): PlanNode {
  return { id, kind: 'window-aggregate', input, keys, window, aggregates }
}

const tumbling = (size_ms: number): Window => ({ kind: 'tumbling', size_ms })
const hopping = (size_ms: number, every_ms: number): Window => ({ kind: 'hopping', size_ms, every_ms })

function project(id: string, input: string, columns: Readonly<Record<string, string>>): PlanNode {
  return { id, kind: 'project', input, columns: Object.entries(columns).map(([name, from]) => ({ name, expr: col(from) })) }
}

function join(changes: Partial<IntervalJoinNode> = {}): IntervalJoinNode {
  const bounds = { lower_ms: 0, upper_ms: 0 }
  return { id: 'j', kind: 'join', left: 'now', right: 'side', on: [['txt1', 'key']], type: 'interval', ...bounds, ...changes }
}

/** A view of 10 ms, and beside it one of 30 ms every 10 ms whose columns have names of their own. */
const NOW = over('now', 'events', tumbling(10), [COUNT('hits')])
const LONG = over('long', 'events', hopping(30, 10), [COUNT('hits')])
const SIDE = project('side', 'long', { key: 'txt1', hits_long: 'hits' })
const ENDS = project('out', 'j', { window_end: 'window_end', txt1: 'txt1', hits: 'hits', hits_long: 'hits_long' })

const VIEWS: readonly Scenario[] = [
  graphScenario('two views of one source join where their windows end together', {
    sources: [EVENTS],
    nodes: [NOW, LONG, SIDE, join(), ENDS],
    input: [at(1), at(2, 'b'), at(12), at(13), at(35)],
    rows: [
      { window_end: 10, txt1: 'a', hits: 1, hits_long: 1 },
      { window_end: 10, txt1: 'b', hits: 1, hits_long: 1 },
      { window_end: 20, txt1: 'a', hits: 2, hits_long: 3 },
      { window_end: 40, txt1: 'a', hits: 1, hits_long: 3 },
    ],
  }),
  graphScenario('views left-joined keep the windows that the other view does not have', {
    sources: [EVENTS],
    nodes: [
      LONG,
      over('now', 'events', tumbling(10), [COUNT('hits')]),
      project('side', 'now', { key: 'txt1', hits_now: 'hits' }),
      {
        ...join({ left: 'long', how: 'left' }),
      },
      project('out', 'j', { window_end: 'window_end', txt1: 'txt1', hits: 'hits', hits_now: 'hits_now' }),
    ],
    input: [at(1), at(12)],
    rows: [
      { window_end: 10, txt1: 'a', hits: 1, hits_now: 1 },
      { window_end: 20, txt1: 'a', hits: 2, hits_now: 1 },
      { window_end: 30, txt1: 'a', hits: 2, hits_now: null },
      { window_end: 40, txt1: 'a', hits: 1, hits_now: null },
    ],
  }),
  graphScenario('a row is late for each view that refuses it, and the join of the views refuses none', {
    sources: [EVENTS],
    nodes: [NOW, LONG, SIDE, join(), ENDS],
    input: [at(1), at(25), at(3), at(12)],
    rows: [
      { window_end: 10, txt1: 'a', hits: 1, hits_long: 1 },
      { window_end: 30, txt1: 'a', hits: 1, hits_long: 4 },
    ],
    late: [
      [2, 'all', 1, 'now'],
      [2, 'some', 2, 'long'],
      [3, 'all', 1, 'now'],
      [3, 'some', 1, 'long'],
    ],
  }),
  graphScenario('null keys make windows that find no partner', {
    sources: [EVENTS],
    nodes: [NOW, LONG, SIDE, join({ how: 'left' }), ENDS],
    input: [at(1, null), at(2)],
    rows: [
      { window_end: 10, txt1: null, hits: 1, hits_long: null },
      { window_end: 10, txt1: 'a', hits: 1, hits_long: 1 },
    ],
  }),
  graphScenario('a view joins totals over all keys in one partition', {
    sources: [{ ...EVENTS, key: [] }],
    nodes: [
      NOW,
      over('total', 'events', tumbling(10), [COUNT('hits')], []),
      project('side', 'total', { hits_all: 'hits' }),
      join({ on: [] }),
      project('out', 'j', { window_end: 'window_end', txt1: 'txt1', hits: 'hits', hits_all: 'hits_all' }),
    ],
    input: [at(1), at(2, 'b'), at(3), at(14, 'b')],
    rows: [
      { window_end: 10, txt1: 'a', hits: 2, hits_all: 3 },
      { window_end: 10, txt1: 'b', hits: 1, hits_all: 3 },
      { window_end: 20, txt1: 'b', hits: 1, hits_all: 1 },
    ],
  }),
  graphScenario('a window joins the one that ended before it', {
    sources: [EVENTS],
    nodes: [
      NOW,
      project('side', 'now', { key: 'txt1', hits_before: 'hits' }),
      join({ lower_ms: -10, upper_ms: -10, how: 'left' }),
      project('out', 'j', { window_end: 'window_end', txt1: 'txt1', hits: 'hits', hits_before: 'hits_before' }),
    ],
    input: [at(-1), at(1), at(2), at(11), at(35)],
    rows: [
      { window_end: 0, txt1: 'a', hits: 1, hits_before: null },
      { window_end: 10, txt1: 'a', hits: 2, hits_before: 1 },
      { window_end: 20, txt1: 'a', hits: 1, hits_before: 2 },
      { window_end: 40, txt1: 'a', hits: 1, hits_before: null },
    ],
  }),
  graphScenario('rows join the window that holds them by its last millisecond, and only rows can be late', {
    sources: [EVENTS],
    nodes: [
      NOW,
      project('side', 'now', { key: 'txt1', hits: 'hits', ends: 'window_end' }),
      join({ left: 'events', upper_ms: 9 }),
      project('out', 'j', { int1: 'int1', ends: 'ends', hits: 'hits' }),
    ],
    input: [at(0, 'a', 1), at(9, 'a', 2), at(10, 'a', 3), at(5, 'a', 4)],
    rows: [
      { int1: 1, ends: 10, hits: 2 },
      { int1: 2, ends: 10, hits: 2 },
      { int1: 3, ends: 20, hits: 1 },
    ],
    late: [
      [3, 'all', 1, 'j'],
      [3, 'all', 1, 'now'],
    ],
  }),
  graphScenario('three views join one after the other', {
    sources: [EVENTS],
    nodes: [
      NOW,
      LONG,
      SIDE,
      join({ id: 'two' }),
      over('wide', 'events', hopping(20, 10), [COUNT('hits')]),
      project('third', 'wide', { key3: 'txt1', hits_wide: 'hits' }),
      join({ left: 'two', right: 'third', on: [['txt1', 'key3']] }),
      project('out', 'j', { window_end: 'window_end', hits: 'hits', hits_long: 'hits_long', hits_wide: 'hits_wide' }),
    ],
    input: [at(1), at(12), at(23)],
    rows: [
      { window_end: 10, hits: 1, hits_long: 1, hits_wide: 1 },
      { window_end: 20, hits: 1, hits_long: 2, hits_wide: 2 },
      { window_end: 30, hits: 1, hits_long: 3, hits_wide: 2 },
    ],
  }),
]

const AGAIN: PlanNode = project('again', 'events', { key: 'txt1', int2: 'int1' })
const BY_TEN = over('out', 'j', tumbling(10), [COUNT('pairs'), SUM('total', 'int2')])

const OVER_JOINS: readonly Scenario[] = [
  graphScenario('a window over a join counts a pair at the later of its two times', {
    sources: [EVENTS],
    nodes: [AGAIN, join({ left: 'events', right: 'again', lower_ms: 1, upper_ms: 9 }), BY_TEN],
    input: [at(5, 'a', 1), at(9, 'a', 2), at(12, 'a', 4)],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', pairs: 1, total: 2 },
      { window_start: 10, window_end: 20, txt1: 'a', pairs: 2, total: 8 },
    ],
  }),
  graphScenario('a window over a join with right rows before takes left’s time', {
    sources: [EVENTS],
    nodes: [AGAIN, join({ left: 'events', right: 'again', lower_ms: -9, upper_ms: -1 }), BY_TEN],
    input: [at(5, 'a', 1), at(9, 'a', 2), at(12, 'a', 4)],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', pairs: 1, total: 1 },
      { window_start: 10, window_end: 20, txt1: 'a', pairs: 2, total: 3 },
    ],
  }),
  graphScenario('a window over a left join counts a row without partner at its own time', {
    sources: [EVENTS],
    nodes: [AGAIN, join({ left: 'events', right: 'again', lower_ms: 1, upper_ms: 9, how: 'left' }), BY_TEN],
    input: [at(5, 'a', 1), at(30, 'a', 2)],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', pairs: 1, total: null },
      { window_start: 30, window_end: 40, txt1: 'a', pairs: 1, total: null },
    ],
  }),
  graphScenario('rows that left a join are never late in a window', {
    sources: [EVENTS],
    nodes: [AGAIN, join({ left: 'events', right: 'again' }), BY_TEN],
    input: [at(5, 'a', 1), { ...at(7, 'a', 2), watermark: 7 }, { ...at(90, 'a', 3), watermark: 7 }, { ...at(8, 'a', 4), watermark: 90 }],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', pairs: 2, total: 3 },
      { window_start: 90, window_end: 100, txt1: 'a', pairs: 1, total: 3 },
    ],
    late: [[3, 'all', 1, 'j']],
  }),
  graphScenario('a window over a join of views sums what they found', {
    sources: [EVENTS],
    nodes: [NOW, LONG, SIDE, join(), over('out', 'j', tumbling(20), [SUM('hits', 'hits'), SUM('hits_long', 'hits_long')])],
    input: [at(1), at(12), at(13), at(25)],
    rows: [
      { window_start: 0, window_end: 20, txt1: 'a', hits: 3, hits_long: 4 },
      { window_start: 20, window_end: 40, txt1: 'a', hits: 1, hits_long: 4 },
    ],
  }),
]

const CASCADES: readonly Scenario[] = [
  graphScenario('totals of totals are the totals', {
    sources: [EVENTS],
    nodes: [NOW, over('sums', 'now', tumbling(20), [SUM('total', 'hits')]), over('out', 'sums', tumbling(40), [SUM('total', 'total')])],
    input: [at(-1), at(0), at(9), at(10), at(19), at(20), at(39), at(40)],
    rows: [
      { window_start: -40, window_end: 0, txt1: 'a', total: 1 },
      { window_start: 0, window_end: 40, txt1: 'a', total: 6 },
      { window_start: 40, window_end: 80, txt1: 'a', total: 1 },
    ],
  }),
  graphScenario('hopping windows over windows hold each of them as often as they overlap', {
    sources: [EVENTS],
    nodes: [NOW, over('out', 'now', hopping(20, 10), [SUM('total', 'hits')])],
    input: [at(0), at(1), at(10)],
    rows: [
      { window_start: -10, window_end: 10, txt1: 'a', total: 2 },
      { window_start: 0, window_end: 20, txt1: 'a', total: 3 },
      { window_start: 10, window_end: 30, txt1: 'a', total: 1 },
    ],
  }),
  graphScenario('a window over overlapping windows counts each by its last millisecond', {
    sources: [EVENTS],
    nodes: [LONG, over('out', 'long', tumbling(10), [COUNT('windows'), SUM('total', 'hits')])],
    input: [at(5)],
    rows: [
      { window_start: 0, window_end: 10, txt1: 'a', windows: 1, total: 1 },
      { window_start: 10, window_end: 20, txt1: 'a', windows: 1, total: 1 },
      { window_start: 20, window_end: 30, txt1: 'a', windows: 1, total: 1 },
    ],
  }),
  graphScenario('a window over windows that a filter thins out holds the rest', {
    sources: [EVENTS],
    nodes: [
      NOW,
      { id: 'busy', kind: 'filter', input: 'now', where: call('gt', col('hits'), lit(1)) },
      project('renamed', 'busy', { txt1: 'txt1', n: 'hits' }),
      over('out', 'renamed', tumbling(40), [COUNT('windows'), SUM('total', 'n')]),
    ],
    input: [at(0), at(1), at(10), at(20), at(21), at(22)],
    rows: [{ window_start: 0, window_end: 40, txt1: 'a', windows: 2, total: 5 }],
  }),
  graphScenario('windows over windows of nothing are nothing', {
    sources: [EVENTS],
    nodes: [NOW, over('out', 'now', tumbling(20), [SUM('total', 'hits')])],
    input: [],
    rows: [],
  }),
]

/** Joins of windows, windows over joins, windows over windows. */
export const GRAPH_SCENARIOS: Readonly<Record<'views' | 'overJoins' | 'cascades', readonly Scenario[]>> = {
  views: VIEWS,
  overJoins: OVER_JOINS,
  cascades: CASCADES,
}

import type { MapColumn, MapNode, PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, moved, other, projected, SUM, stamped } from './flow.ts'
import { row, type Scenario, scenario } from './scenario.ts'

type Given = readonly (readonly [name: string, type: string, nullable?: true])[]

/** A map by a test function; it reads what rows of flows have. */
export function mapped(
  id: string,
  input: string,
  name: string,
  options: { readonly columns: Given; readonly reads?: readonly string[] },
): MapNode & PlanNode {
  const columns = options.columns.map(([column, type, nullable]): MapColumn => ({ name: column, type, ...(nullable ? { nullable } : {}) }))
  return { id, kind: 'map', input, function: { name }, reads: options.reads ?? ['txt1', 'int1', 'boo1'], columns }
}

const LABELLED = mapped('m', 'events', 'labelled', { columns: [['txt3', 'string']] })
const SHAPED = mapped('m', 'events', 'shaped', { columns: [['int3', 'int32']] })
const GROUPED = mapped('m', 'events', 'grouped', { columns: [['txt1', 'string', true]] })
const FLAGGED = mapped('m', 'events', 'flagged', {
  reads: ['boo1'],
  columns: [
    ['boo1', 'boolean'],
    ['int3', 'int32'],
  ],
})
const TEN = { kind: 'tumbling', size_ms: 10 } as const

const EVERY: Given = [
  ['ts1', 'timestamp'],
  ['txt1', 'string', true],
  ['int1', 'int32', true],
  ['big1', 'int64', true],
  ['num1', 'double', true],
  ['boo1', 'boolean', true],
  ['ts2', 'timestamp', true],
  ['day1', 'date', true],
  ['byt1', 'bytes', true],
  ['dec1', 'decimal(10,2)', true],
  ['json1', 'json', true],
  ['list1', 'list<int64>', true],
  ['struct1', 'struct<a:int32,b:list<string>>', true],
]
const NAMES = EVERY.map(([name]) => name)
const FULL = {
  ts1: 1_000,
  txt1: 'ä😀',
  int1: -7,
  big1: '9007199254740993',
  num1: 0.1,
  boo1: false,
  ts2: '0001-01-01T00:00:00.000Z',
  day1: '1969-12-31',
  byt1: 'AP8=',
  dec1: '1.50',
  json1: { b: [1, null], a: 'x' },
  list1: [1, '9007199254740993', null],
  struct1: { a: 1, b: ['x', null] },
}

export const MAP_SCENARIOS: readonly Scenario[] = [
  flow('a function gives a column from several of a row', {
    nodes: [LABELLED],
    input: [event(0, 'a', 1), event(1, null, null)],
    rows: [
      [0, 'a', 1, null, 'a:1'],
      [1, null, null, null, 'none:none'],
    ],
  }),
  flow('a row at which the function throws is a dead letter, and the others go on', {
    nodes: [LABELLED],
    input: [event(0, 'a', 1), event(1, 'b', -1), event(2, 'c', 3)],
    rows: [
      [0, 'a', 1, null, 'a:1'],
      [2, 'c', 3, null, 'c:3'],
    ],
    dead: [[1, 'm', 'map/threw']],
  }),
  flow('a result of another shape is a dead letter, whatever the shape', {
    nodes: [SHAPED, projected('out', 'm', 'int1', 'int3')],
    input: Array.from({ length: 15 }, (_, i) => event(i, 'a', i)),
    rows: [[14, 15]],
    dead: Array.from({ length: 14 }, (_, i) => [i, 'm', 'map/wrong-shape'] as const),
  }),
  flow('values of every width, where what is no number is null and minus zero is zero', {
    nodes: [
      mapped('m', 'events', 'spread', {
        columns: [
          ['num3', 'double', true],
          ['big3', 'int64', true],
          ['txt3', 'string', true],
          ['boo3', 'boolean', true],
        ],
      }),
      projected('out', 'm', 'num3', 'big3', 'txt3', 'boo3'),
    ],
    input: [event(0, 'a', 0), event(1, 'a', 1), event(2, 'a', 6000), event(3, 'a', null), event(4, 'a', 10_000)],
    rows: [
      [0, 0, '0', true],
      [null, 1, '1', false],
      [10 / 5999, '7776000000000000000', '6000', true],
      [null, null, null, null],
    ],
    dead: [[4, 'm', 'map/wrong-shape']],
  }),
  flow('a column takes the place of one with its name', {
    nodes: [mapped('m', 'events', 'next', { reads: ['int1'], columns: [['int1', 'int64', true]] })],
    input: [event(0, 'a', 1, true), event(1, 'b', null)],
    rows: [
      [0, 'a', 2, true],
      [1, 'b', null, null],
    ],
  }),
  flow('a function that reads nothing', {
    nodes: [mapped('m', 'events', 'constant', { reads: [], columns: [['int3', 'int32']] }), projected('out', 'm', 'int1', 'int3')],
    input: [event(0, 'a', 1), event(1, 'b', 2)],
    rows: [
      [1, 3],
      [2, 3],
    ],
  }),
  flow('windows count the rows that are left, and are late by their own stamp', {
    nodes: [LABELLED, aggregated('w', 'm', TEN)],
    input: [event(0, 'a', 1), event(5, 'a', -1), event(21, 'a', 2), event(3, 'a', 3), event(4, 'a', -4)],
    rows: [
      [0, 10, 'a', 1],
      [20, 30, 'a', 1],
    ],
    late: [[3, 'w']],
    dead: [
      [1, 'm', 'map/threw'],
      [4, 'm', 'map/threw'],
    ],
  }),
  flow('a row of hopping windows is partly late behind a map as without one', {
    nodes: [LABELLED, aggregated('w', 'm', { kind: 'hopping', size_ms: 20, every_ms: 10 })],
    input: [event(0, 'a', 1), event(31, 'a', 2), event(25, 'a', 3), event(15, 'a', 4)],
    rows: [
      [-10, 10, 'a', 1],
      [0, 20, 'a', 1],
      [20, 40, 'a', 2],
      [30, 50, 'a', 1],
    ],
    late: [
      [2, 'w', 'some', 1],
      [3, 'w', 'all', 2],
    ],
  }),
  flow('a mapped key brings rows of other partitions together', {
    nodes: [GROUPED, aggregated('w', 'm', TEN, { aggregates: [COUNT, SUM] })],
    input: [event(0, 'a', 1), event(1, 'b', 3), event(2, 'c', 4), event(3, 'd', null), event(4, 'e', 8)],
    rows: [
      [0, 10, 'odd', 2, 4],
      [0, 10, 'even', 2, 12],
      [0, 10, null, 1, null],
    ],
  }),
  flow('the event time stays where its column is another', {
    nodes: [
      mapped('m', 'events', 'flagged', {
        reads: ['boo1'],
        columns: [
          ['boo1', 'boolean'],
          ['int3', 'int32'],
        ],
      }),
      projected('p', 'm', 'txt1', 'int3'),
      aggregated('w', 'p', TEN, { aggregates: [{ name: 'total', fn: 'sum', args: [{ col: 'int3' }] }] }),
    ],
    input: [event(0, 'a', 1, true), event(12, 'a', 2, true), event(13, 'a', 3, true), event(14, 'a', 4, null)],
    rows: [
      [0, 10, 'a', 1],
      [10, 20, 'a', 2],
    ],
    dead: [[3, 'm', 'map/threw']],
  }),
  flow('a map over windows refuses results, which come from no record', {
    nodes: [
      aggregated('w', 'events', TEN, { aggregates: [{ name: 'int1', fn: 'min', args: [{ col: 'int1' }] }] }),
      mapped('m', 'w', 'labelled', { reads: ['txt1', 'int1'], columns: [['txt3', 'string']] }),
      projected('out', 'm', 'txt3'),
    ],
    input: [event(0, 'a', 1), event(1, 'b', -1), event(15, 'a', 2)],
    rows: [['a:1'], ['a:2']],
    dead: [[null, 'm', 'map/threw']],
  }),
  flow('a map behind a map calls the second for what the first left', {
    nodes: [
      LABELLED,
      mapped('n', 'm', 'flagged', {
        reads: ['boo1'],
        columns: [
          ['boo1', 'boolean'],
          ['int3', 'int32'],
        ],
      }),
    ],
    input: [event(0, 'a', 1, true), event(1, 'b', -1, null), event(2, 'c', 3, null), event(3, 'd', 4, false)],
    rows: [
      [0, 'a', 1, false, 'a:1', 1],
      [3, 'd', 4, true, 'd:4', 0],
    ],
    dead: [
      [1, 'm', 'map/threw'],
      [2, 'n', 'map/threw'],
    ],
  }),
  flow('a filter behind a map leaves no dead letter out', {
    nodes: [
      LABELLED,
      { id: 'f', kind: 'filter', input: 'm', where: { fn: 'eq', args: [{ col: 'txt1' }, { lit: 'a', type: 'string' }] } },
      projected('out', 'f', 'txt1'),
    ],
    input: [event(0, 'a', 1), event(1, 'b', -1), event(2, 'b', 2)],
    rows: [['a']],
    dead: [[1, 'm', 'map/threw']],
  }),
  flow('a filter in front of a map keeps rows from the function', {
    nodes: [
      { id: 'f', kind: 'filter', input: 'events', where: { fn: 'gte', args: [{ col: 'int1' }, { lit: '0', type: 'int32' }] } },
      { ...LABELLED, input: 'f' },
      projected('out', 'm', 'txt3'),
    ],
    input: [event(0, 'a', 1), event(1, 'b', -1)],
    rows: [['a:1']],
  }),
  flow('both ways of a record through one map are one dead letter', {
    nodes: [
      LABELLED,
      projected('l', 'm', 'txt1', ['left', 'txt3']),
      projected('r', 'm', ['key', 'txt1'], ['right', 'txt3']),
      { id: 'j', kind: 'join', type: 'interval', left: 'l', right: 'r', on: [['txt1', 'key']], lower_ms: 0, upper_ms: 0 },
      projected('out', 'j', 'left', 'right'),
    ],
    input: [event(0, 'a', 1), event(1, 'b', -1)],
    rows: [['a:1', 'a:1']],
    dead: [[1, 'm', 'map/threw']],
  }),
  flow('rows of a union keep the source that they come from', {
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'others'] }, { ...LABELLED, input: 'u' }, aggregated('w', 'm', TEN)],
    input: [event(0, 'a', 1), other(1, 'a', -1), other(2, 'b', 2), event(3, 'b', -2)],
    rows: [
      [0, 10, 'a', 1],
      [0, 10, 'b', 1],
    ],
    dead: [
      [1, 'm', 'map/threw'],
      [3, 'm', 'map/threw'],
    ],
  }),
  flow('rows of windows in a union with records have no record', {
    nodes: [
      aggregated('w', 'others', TEN, { aggregates: [{ name: 'int1', fn: 'min', args: [{ col: 'int1' }] }] }),
      projected('p', 'w', 'txt1', 'int1'),
      projected('q', 'events', 'txt1', 'int1'),
      { id: 'e', kind: 'exchange', input: 'p', keys: ['txt1'] },
      { id: 'f', kind: 'exchange', input: 'q', keys: ['txt1'] },
      { id: 'u', kind: 'union', inputs: ['e', 'f'] },
      mapped('m', 'u', 'labelled', { reads: ['txt1', 'int1'], columns: [['txt3', 'string']] }),
      projected('out', 'm', 'txt3'),
    ],
    input: [event(0, 'a', -1), other(1, 'b', -2), other(2, 'c', 3), event(3, 'd', 4)],
    rows: [['c:3'], ['d:4']],
    dead: [
      [0, 'm', 'map/threw'],
      [null, 'm', 'map/threw'],
    ],
  }),
  flow('dedupe, over and latest behind a map go by the order of records', {
    nodes: [
      GROUPED,
      { id: 'd', kind: 'dedupe', input: 'm', keys: ['txt1'], horizon_ms: 5 },
      { id: 'o', kind: 'over-aggregate', input: 'd', keys: ['txt1'], range_ms: 100, aggregates: [COUNT] },
      { id: 'l', kind: 'latest', input: 'o', keys: ['txt1'] },
      projected('out', 'l', 'txt1', 'int1', 'n'),
    ],
    input: [event(0, 'a', 1), event(0, 'b', 3), event(4, 'c', 5), event(20, 'd', 7), event(20, 'e', 2), event(20, 'f', 4)],
    rows: [
      ['odd', 7, 2],
      ['even', 2, 1],
    ],
  }),
  flow('looks up by what a function gave', {
    nodes: [
      GROUPED,
      { id: 'l', kind: 'latest', input: 'others', keys: ['txt1'] },
      projected('r', 'l', ['key', 'txt1'], ['current', 'int1']),
      { id: 'j', kind: 'join', type: 'lookup', how: 'left', left: 'm', right: 'r', on: [['txt1', 'key']] },
      projected('out', 'j', 'int1', 'current'),
    ],
    input: [event(0, 'a', 1), other(1, 'odd', 10), event(2, 'b', 3), event(3, 'c', 4)],
    rows: [
      [1, null],
      [3, 10],
      [4, null],
    ],
  }),
  flow('a lookup finds the current row of what a map gave', {
    nodes: [
      {
        ...mapped('m', 'others', 'flagged', {
          reads: ['boo1'],
          columns: [
            ['boo1', 'boolean'],
            ['int3', 'int32'],
          ],
        }),
      },
      { id: 'l', kind: 'latest', input: 'm', keys: ['txt1'] },
      projected('r', 'l', ['key', 'txt1'], ['current', 'int3']),
      { id: 'j', kind: 'join', type: 'lookup', how: 'left', left: 'events', right: 'r', on: [['txt1', 'key']] },
      projected('out', 'j', 'int1', 'current'),
    ],
    input: [other(0, 'a', 1, true), event(1, 'a', 1), other(2, 'a', 2, null), event(3, 'a', 2), other(4, 'a', 2, false), event(5, 'a', 3)],
    rows: [
      [1, 1],
      [2, 1],
      [3, 0],
    ],
    dead: [[2, 'm', 'map/threw']],
  }),
  flow('in exact mode every row that a function takes counts', {
    mode: 'exact',
    nodes: [FLAGGED, aggregated('w', 'm', TEN)],
    input: [event(0, 'a', 1, true), event(30, 'a', 2, false), event(3, 'a', 3, true), event(4, 'a', 4)],
    rows: [
      [0, 10, 'a', 2],
      [30, 40, 'a', 1],
    ],
    dead: [[3, 'm', 'map/threw']],
  }),
  flow('a row that no stamp lets count is a dead letter before it is late', {
    nodes: [LABELLED, aggregated('w', 'm', TEN)],
    input: [stamped(100, event(0, 'a', -1)), stamped(100, event(0, 'a', 1))],
    rows: [],
    late: [[1, 'w']],
    dead: [[0, 'm', 'map/threw']],
  }),
  flow('a source that corrects its results corrects them behind a map', {
    source: { late: { revise: '10ms' } },
    nodes: [LABELLED, aggregated('w', 'm', TEN)],
    input: [event(0, 'a', 1), event(15, 'a', 2), event(3, 'a', 3), event(4, 'a', -3), event(30, 'a', 4), event(5, 'a', 5)],
    rows: [
      [0, 10, 'a', 2],
      [10, 20, 'a', 1],
      [30, 40, 'a', 1],
    ],
    late: [[5, 'w']],
    dead: [[3, 'm', 'map/threw']],
  }),
  flow('a session behind a map', {
    nodes: [LABELLED, moved('x', 'm', ['txt1']), aggregated('w', 'x', { kind: 'session', gap_ms: 5 })],
    input: [event(0, 'a', 1), event(4, 'a', -1), event(8, 'a', 2), event(9, 'a', 3)],
    rows: [
      [0, 5, 'a', 1],
      [8, 14, 'a', 2],
    ],
    dead: [[1, 'm', 'map/threw']],
  }),
  scenario('values of every type go through a function unchanged', {
    steps: [
      {
        kind: 'map',
        function: { name: 'same' },
        reads: NAMES,
        columns: EVERY.map(([name, type, nullable]) => ({ name, type, ...(nullable ? { nullable } : {}) })),
      },
    ],
    input: [row(FULL), row({ ts1: 5 })],
    rows: [FULL, { ts1: 5 }],
  }),
  scenario('a function sees bigints, dates and parsed lists', {
    steps: [
      {
        kind: 'map',
        function: { name: 'seen' },
        reads: NAMES,
        columns: ['txt3', 'txt4', 'txt5'].map((name) => ({ name, type: 'string' })),
      },
      { kind: 'project', columns: ['txt3', 'txt4', 'txt5'].map((name) => ({ name, expr: { col: name } })) },
    ],
    input: [row(FULL)],
    rows: [
      {
        txt3: 'Date,string,number,bigint,number,boolean,Date,string,bytes,string,object,object,object',
        txt4: '[1,"9007199254740993",null]',
        txt5: '1000 1969-12-31 1.50',
      },
    ],
  }),
  flow('a value that is none of its type is a dead letter, whatever the type', {
    nodes: [
      mapped('m', 'events', 'odd', {
        columns: [
          ['big3', 'int64'],
          ['num3', 'double'],
          ['txt3', 'string'],
          ['boo3', 'boolean'],
          ['ts3', 'timestamp'],
          ['day3', 'date'],
          ['byt3', 'bytes'],
          ['dec3', 'decimal(4,2)'],
          ['list3', 'list<int32>'],
          ['json3', 'json'],
        ],
      }),
      projected('out', 'm', 'int1', 'dec3', 'list3', 'json3'),
    ],
    input: Array.from({ length: 15 }, (_, i) => event(i, 'a', i)),
    rows: [[14, '1.23', [1], { a: 1 }]],
    dead: Array.from({ length: 14 }, (_, i) => [i, 'm', 'map/wrong-shape'] as const),
  }),
]

import { aggregated, COUNT, moved, projected, SUM } from './flow.ts'
import { hazardScenarios, type Outcome, YEAR_1, YEAR_9999 } from './hazard.ts'
import { mapped } from './map-scenarios.ts'
import { call, col, lit, type Scenario } from './scenario.ts'

/** Each event's time and the number after its own. */
const NEXT_ROWS: Outcome['rows'] = {
  'no rows': [],
  'one row': [[5, 2]],
  'equal times': [
    [5, 2],
    [5, 3],
    [5, 5],
    [5, 9],
  ],
  'rows that are the same': [
    [5, 2],
    [5, 2],
  ],
  nulls: [
    [5, 2],
    [6, null],
    [7, null],
  ],
  'rows that are all late': [
    [5, 2],
    [6, 3],
  ],
  'times before 1970': [
    [-25, 2],
    [-8, 3],
    [-1, 5],
  ],
  'huge gaps': [
    [YEAR_1, 2],
    [0, 3],
    [YEAR_9999, 5],
  ],
}

const OUTCOMES: readonly Outcome[] = [
  {
    about: 'a filter',
    nodes: [{ id: 'f', kind: 'filter', input: 'events', where: call('gt', col('int1'), lit(1)) }, projected('out', 'f', 'txt1', 'int1')],
    rows: {
      'no rows': [],
      'one row': [],
      'equal times': [
        ['a', 2],
        ['b', 4],
        ['a', 8],
      ],
      'rows that are the same': [],
      nulls: [],
      'rows that are all late': [['a', 2]],
      'times before 1970': [
        ['a', 2],
        ['a', 4],
      ],
      'huge gaps': [
        ['a', 2],
        ['a', 4],
      ],
    },
  },
  {
    about: 'a map',
    nodes: [mapped('m', 'events', 'next', { reads: ['int1'], columns: [['int1', 'int64', true]] }), projected('out', 'm', 'ts1', 'int1')],
    rows: NEXT_ROWS,
  },
  {
    about: 'a project',
    nodes: [
      {
        id: 'p',
        kind: 'project',
        input: 'events',
        columns: [
          { name: 'ts1', expr: col('ts1') },
          { name: 'next', expr: call('add', col('int1'), lit(1)) },
        ],
      },
    ],
    rows: NEXT_ROWS,
  },
  {
    about: 'an exchange before a window',
    nodes: [moved('x', 'events', ['int1']), aggregated('w', 'x', { kind: 'tumbling', size_ms: 10 }, { keys: ['int1'] })],
    judge: 'w',
    rows: {
      'no rows': [],
      'one row': [[0, 10, 1, 1]],
      'equal times': [
        [0, 10, 1, 1],
        [0, 10, 2, 1],
        [0, 10, 4, 1],
        [0, 10, 8, 1],
      ],
      'rows that are the same': [[0, 10, 1, 2]],
      nulls: [
        [0, 10, 1, 1],
        [0, 10, null, 2],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-30, -20, 1, 1],
        [-10, 0, 2, 1],
        [-10, 0, 4, 1],
      ],
      'huge gaps': [
        [YEAR_1, YEAR_1 + 10, 1, 1],
        [0, 10, 2, 1],
        [YEAR_9999, YEAR_9999 + 10, 4, 1],
      ],
    },
  },
  {
    about: 'a sink',
    nodes: [projected('p', 'events', 'txt1', 'int1'), { id: 's', kind: 'sink', input: 'p', to: 'warehouse' }],
    rows: {
      'no rows': [],
      'one row': [['a', 1]],
      'equal times': [
        ['a', 1],
        ['a', 2],
        ['b', 4],
        ['a', 8],
      ],
      'rows that are the same': [
        ['a', 1],
        ['a', 1],
      ],
      nulls: [
        [null, 1],
        [null, null],
        ['a', null],
      ],
      'rows that are all late': [
        ['a', 1],
        ['a', 2],
      ],
      'times before 1970': [
        ['a', 1],
        ['a', 2],
        ['a', 4],
      ],
      'huge gaps': [
        ['a', 1],
        ['a', 2],
        ['a', 4],
      ],
    },
  },
  {
    about: 'an over-aggregate',
    nodes: [
      { id: 'o', kind: 'over-aggregate', input: 'events', keys: ['txt1'], range_ms: 10, aggregates: [COUNT, SUM] },
      projected('out', 'o', 'int1', 'n', 'total'),
    ],
    judge: 'o',
    rows: {
      'no rows': [],
      'one row': [[1, 1, 1]],
      'equal times': [
        [1, 3, 11],
        [2, 3, 11],
        [4, 1, 4],
        [8, 3, 11],
      ],
      'rows that are the same': [
        [1, 2, 2],
        [1, 2, 2],
      ],
      nulls: [
        [1, 1, 1],
        [null, 2, 1],
        [null, 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, 1, 1],
        [2, 1, 2],
        [4, 2, 6],
      ],
      'huge gaps': [
        [1, 1, 1],
        [2, 1, 2],
        [4, 1, 4],
      ],
    },
  },
  {
    about: 'a dedupe',
    nodes: [{ id: 'd', kind: 'dedupe', input: 'events', keys: ['txt1'], horizon_ms: 10 }, projected('out', 'd', 'txt1', 'int1')],
    judge: 'd',
    rows: {
      'no rows': [],
      'one row': [['a', 1]],
      'equal times': [
        ['a', 1],
        ['b', 4],
      ],
      'rows that are the same': [['a', 1]],
      nulls: [
        [null, 1],
        ['a', null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        ['a', 1],
        ['a', 2],
      ],
      'huge gaps': [
        ['a', 1],
        ['a', 2],
        ['a', 4],
      ],
    },
  },
  {
    about: 'current rows',
    nodes: [{ id: 'c', kind: 'latest', input: 'events', keys: ['txt1'] }, projected('out', 'c', 'txt1', 'int1')],
    rows: {
      'no rows': [],
      'one row': [['a', 1]],
      'equal times': [
        ['a', 8],
        ['b', 4],
      ],
      'rows that are the same': [['a', 1]],
      nulls: [
        [null, null],
        ['a', null],
      ],
      'rows that are all late': [['a', 2]],
      'times before 1970': [['a', 4]],
      'huge gaps': [['a', 4]],
    },
  },
  {
    about: 'a top-n',
    nodes: [
      { id: 'c', kind: 'latest', input: 'events', keys: ['txt1', 'int1'] },
      { id: 't', kind: 'top-n', input: 'c', per: ['txt1'], order_by: [['int1', 'desc']], n: 2, rank: 'place' },
      projected('out', 't', 'txt1', 'int1', 'place'),
    ],
    rows: {
      'no rows': [],
      'one row': [['a', 1, 1]],
      'equal times': [
        ['a', 8, 1],
        ['a', 2, 2],
        ['b', 4, 1],
      ],
      'rows that are the same': [['a', 1, 1]],
      nulls: [
        [null, 1, 1],
        [null, null, 2],
        ['a', null, 1],
      ],
      'rows that are all late': [
        ['a', 2, 1],
        ['a', 1, 2],
      ],
      'times before 1970': [
        ['a', 4, 1],
        ['a', 2, 2],
      ],
      'huge gaps': [
        ['a', 4, 1],
        ['a', 2, 2],
      ],
    },
  },
  {
    about: 'a union',
    nodes: [{ id: 'u', kind: 'union', inputs: ['events', 'events'] }, aggregated('w', 'u', { kind: 'all' }, { aggregates: [COUNT, SUM] })],
    rows: {
      'no rows': [],
      'one row': [['a', 2, 2]],
      'equal times': [
        ['a', 6, 22],
        ['b', 2, 8],
      ],
      'rows that are the same': [['a', 4, 4]],
      nulls: [
        [null, 4, 2],
        ['a', 2, null],
      ],
      'rows that are all late': [['a', 4, 6]],
      'times before 1970': [['a', 6, 14]],
      'huge gaps': [['a', 6, 14]],
    },
  },
]

export const HAZARD_ROW_SCENARIOS: readonly Scenario[] = OUTCOMES.flatMap(hazardScenarios)

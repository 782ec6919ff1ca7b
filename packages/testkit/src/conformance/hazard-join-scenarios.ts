import { projected } from './flow.ts'
import { hazardScenarios, type Outcome } from './hazard.ts'
import type { Scenario } from './scenario.ts'

/** The rows beside their own past. */
const PAST = projected('past', 'events', ['ts2', 'ts1'], ['txt2', 'txt1'], ['int2', 'int1'])
const PAIRS = projected('out', 'j', 'int1', 'int2')

const OUTCOMES: readonly Outcome[] = [
  {
    about: 'an interval join',
    nodes: [
      PAST,
      {
        id: 'j',
        kind: 'join',
        type: 'interval',
        left: 'events',
        right: 'past',
        on: [['txt1', 'txt2']],
        how: 'left',
        lower_ms: -10,
        upper_ms: -1,
      },
      PAIRS,
    ],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, null],
        [4, null],
        [8, null],
      ],
      'rows that are the same': [
        [1, null],
        [1, null],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, null],
        [2, null],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, null],
        [4, null],
      ],
    },
  },
  {
    about: 'an as-of join',
    nodes: [PAST, { id: 'j', kind: 'join', type: 'as-of', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left' }, PAIRS],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, 1]],
      'equal times': [
        [1, 8],
        [2, 8],
        [4, 4],
        [8, 8],
      ],
      'rows that are the same': [
        [1, 1],
        [1, 1],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, 1],
        [2, 2],
        [4, 4],
      ],
      'huge gaps': [
        [1, 1],
        [2, 2],
        [4, 4],
      ],
    },
  },
  {
    about: 'a strict as-of join',
    nodes: [
      PAST,
      { id: 'j', kind: 'join', type: 'as-of', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left', strict: true },
      PAIRS,
    ],
    judge: 'j',
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, null],
        [4, null],
        [8, null],
      ],
      'rows that are the same': [
        [1, null],
        [1, null],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
    },
  },
  {
    about: 'a lookup',
    nodes: [PAST, { id: 'j', kind: 'join', type: 'lookup', left: 'events', right: 'past', on: [['txt1', 'txt2']], how: 'left' }, PAIRS],
    rows: {
      'no rows': [],
      'one row': [[1, null]],
      'equal times': [
        [1, null],
        [2, 1],
        [4, null],
        [8, 2],
      ],
      'rows that are the same': [
        [1, null],
        [1, 1],
      ],
      nulls: [
        [1, null],
        [null, null],
        [null, null],
      ],
      'rows that are all late': [
        [1, null],
        [2, 1],
      ],
      'times before 1970': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
      'huge gaps': [
        [1, null],
        [2, 1],
        [4, 2],
      ],
    },
  },
]

export const HAZARD_JOIN_SCENARIOS: readonly Scenario[] = OUTCOMES.flatMap(hazardScenarios)

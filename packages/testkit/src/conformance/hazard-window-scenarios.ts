import { hazardScenarios, type Outcome, windowed, YEAR_1, YEAR_9999 } from './hazard.ts'
import type { Scenario } from './scenario.ts'

const DAY_MS = 86_400_000

const HOPPING: Outcome = {
  ...windowed(
    'a hopping window',
    { kind: 'hopping', size_ms: 20, every_ms: 10 },
    {
      'no rows': [],
      'one row': [
        [-10, 10, 'a', 1, 1],
        [0, 20, 'a', 1, 1],
      ],
      'equal times': [
        [-10, 10, 'a', 3, 11],
        [0, 20, 'a', 3, 11],
        [-10, 10, 'b', 1, 4],
        [0, 20, 'b', 1, 4],
      ],
      'rows that are the same': [
        [-10, 10, 'a', 2, 2],
        [0, 20, 'a', 2, 2],
      ],
      nulls: [
        [-10, 10, null, 2, 1],
        [0, 20, null, 2, 1],
        [-10, 10, 'a', 1, null],
        [0, 20, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-40, -20, 'a', 1, 1],
        [-30, -10, 'a', 1, 1],
        [-20, 0, 'a', 2, 6],
        [-10, 10, 'a', 2, 6],
      ],
      'huge gaps': [
        [YEAR_1 - 10, YEAR_1 + 10, 'a', 1, 1],
        [YEAR_1, YEAR_1 + 20, 'a', 1, 1],
        [-10, 10, 'a', 1, 2],
        [0, 20, 'a', 1, 2],
        [YEAR_9999 - 10, YEAR_9999 + 10, 'a', 1, 4],
        [YEAR_9999, YEAR_9999 + 20, 'a', 1, 4],
      ],
    },
  ),
  missed: 2,
}

const OUTCOMES: readonly Outcome[] = [
  HOPPING,
  windowed(
    'a tumbling window',
    { kind: 'tumbling', size_ms: 10 },
    {
      'no rows': [],
      'one row': [[0, 10, 'a', 1, 1]],
      'equal times': [
        [0, 10, 'a', 3, 11],
        [0, 10, 'b', 1, 4],
      ],
      'rows that are the same': [[0, 10, 'a', 2, 2]],
      nulls: [
        [0, 10, null, 2, 1],
        [0, 10, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-30, -20, 'a', 1, 1],
        [-10, 0, 'a', 2, 6],
      ],
      'huge gaps': [
        [YEAR_1, YEAR_1 + 10, 'a', 1, 1],
        [0, 10, 'a', 1, 2],
        [YEAR_9999, YEAR_9999 + 10, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a session',
    { kind: 'session', gap_ms: 10 },
    {
      'no rows': [],
      'one row': [[5, 15, 'a', 1, 1]],
      'equal times': [
        [5, 15, 'a', 3, 11],
        [5, 15, 'b', 1, 4],
      ],
      'rows that are the same': [[5, 15, 'a', 2, 2]],
      nulls: [
        [5, 16, null, 2, 1],
        [7, 17, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [
        [-25, -15, 'a', 1, 1],
        [-8, 9, 'a', 2, 6],
      ],
      'huge gaps': [
        [YEAR_1, YEAR_1 + 10, 'a', 1, 1],
        [0, 10, 'a', 1, 2],
        [YEAR_9999, YEAR_9999 + 10, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a session that spans everything',
    { kind: 'session', gap_ms: 100_000_000_000_000 },
    {
      'no rows': [],
      'one row': [[5, 100_000_000_000_005, 'a', 1, 1]],
      'equal times': [
        [5, 100_000_000_000_005, 'a', 3, 11],
        [5, 100_000_000_000_005, 'b', 1, 4],
      ],
      'rows that are the same': [[5, 100_000_000_000_005, 'a', 2, 2]],
      nulls: [
        [5, 100_000_000_000_006, null, 2, 1],
        [7, 100_000_000_000_007, 'a', 1, null],
      ],
      'rows that are all late': [],
      'times before 1970': [[-25, 99_999_999_999_999, 'a', 3, 7]],
      'huge gaps': [
        [YEAR_1, 100_000_000_000_000, 'a', 2, 3],
        [YEAR_9999, YEAR_9999 + 100_000_000_000_000, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'a local day',
    { kind: 'calendar', unit: 'day', zone: 'Etc/GMT-1' },
    {
      'no rows': [],
      'one row': [[-3_600_000, 82_800_000, 'a', 1, 1]],
      'equal times': [
        [-3_600_000, 82_800_000, 'a', 3, 11],
        [-3_600_000, 82_800_000, 'b', 1, 4],
      ],
      'rows that are the same': [[-3_600_000, 82_800_000, 'a', 2, 2]],
      nulls: [
        [-3_600_000, 82_800_000, null, 2, 1],
        [-3_600_000, 82_800_000, 'a', 1, null],
      ],
      'rows that are all late': [[-3_600_000, 82_800_000, 'a', 2, 3]],
      'times before 1970': [[-3_600_000, 82_800_000, 'a', 3, 7]],
      'huge gaps': [
        [YEAR_1 - 3_600_000, YEAR_1 + DAY_MS - 3_600_000, 'a', 1, 1],
        [-3_600_000, 82_800_000, 'a', 1, 2],
        [YEAR_9999 - 3_600_000, YEAR_9999 + DAY_MS - 3_600_000, 'a', 1, 4],
      ],
    },
  ),
  windowed(
    'an aggregate over everything',
    { kind: 'all' },
    {
      'no rows': [],
      'one row': [['a', 1, 1]],
      'equal times': [
        ['a', 3, 11],
        ['b', 1, 4],
      ],
      'rows that are the same': [['a', 2, 2]],
      nulls: [
        [null, 2, 1],
        ['a', 1, null],
      ],
      'rows that are all late': [['a', 2, 3]],
      'times before 1970': [['a', 3, 7]],
      'huge gaps': [['a', 3, 7]],
    },
  ),
]

export const HAZARD_WINDOW_SCENARIOS: readonly Scenario[] = OUTCOMES.flatMap(hazardScenarios)

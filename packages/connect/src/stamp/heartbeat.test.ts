import { expect, test } from 'vitest'
import { heartbeatDue } from './heartbeat.ts'

test.each([
  [999, 1000, true],
  [1000, 1999, false],
  [0, 0, false],
  [1999, 2000, true],
  [-1, 0, true],
  [-1000, -1, false],
  [-1001, -1000, true],
  [-62_135_596_800_000, 5, true],
])('from %d to %d a whole second is passed: %s', (before, after, due) => {
  expect(heartbeatDue(before, after)).toBe(due)
})

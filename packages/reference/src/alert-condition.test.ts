import type { PlanResult, Value } from '@millrace/core'
import { expect, test } from 'vitest'
import { raisedAlerts } from './alert-condition.ts'

const COLUMNS: PlanResult['columns'] = [
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'ip', type: 'string', nullable: true },
  { name: 'hits', type: 'int64', nullable: true },
]

function raised(rows: readonly (readonly Value[])[], cooldown_ms: number): (readonly Value[])[] {
  const when = { fn: 'gt', args: [{ col: 'hits' }, { lit: '600', type: 'int64' }] }
  return raisedAlerts({ columns: COLUMNS, rows }, { key: ['ip'], when, cooldown_ms })
}

test('a row at the limit or with an unknown value raises nothing', () => {
  expect(
    raised(
      [
        [60, 'a', 600],
        [60, 'b', null],
        [60, 'c', 601],
      ],
      0,
    ),
  ).toEqual([[60, 'c', 601]])
})

test('an alert keeps further ones of its key back until the cool-down has passed', () => {
  const rows = [
    [60, 'a', 700],
    [120, 'a', 700],
    [179, 'a', 700],
    [180, 'a', 700],
    [240, 'a', 700],
  ]
  expect(raised(rows, 120).map((row) => row[0])).toEqual([60, 180])
})

test('the cool-down runs from the last alert raised, not from the last true condition', () => {
  const rows = [0, 50, 100, 150, 200].map((end) => [end, 'a', 700])
  expect(raised(rows, 100).map((row) => row[0])).toEqual([0, 100, 200])
})

test('rows count in order of their windows, however they come', () => {
  const rows = [
    [180, 'a', 700],
    [60, 'a', 700],
    [120, 'a', 700],
  ]
  expect(raised(rows, 100).map((row) => row[0])).toEqual([60, 180])
})

test('keys do not keep each other back, and null is a key', () => {
  const rows = [
    [60, 'a', 700],
    [60, null, 700],
    [61, 'b', 700],
    [62, null, 700],
  ]
  expect(raised(rows, 1000)).toEqual([
    [60, 'a', 700],
    [60, null, 700],
    [61, 'b', 700],
  ])
})

test('without a cool-down every true row raises', () => {
  expect(
    raised(
      [
        [60, 'a', 700],
        [61, 'a', 700],
      ],
      0,
    ),
  ).toHaveLength(2)
})

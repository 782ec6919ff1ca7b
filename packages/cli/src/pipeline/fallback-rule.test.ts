import { batchFromRows, type Value } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { declared, VIEW_FIELDS } from '../../test/score/declared-model.ts'
import { fallbackPlan, fallbackRule } from './fallback-rule.ts'

type Decision = boolean | null

function decisions(rows: readonly (readonly [Value, Value])[]): Decision[] {
  const batch = batchFromRows(
    VIEW_FIELDS,
    rows.map(([hits, total]) => [0, 60_000, 'key', hits, total, 59_999, 60_001]),
  )
  const { values, nulls } = fallbackRule(structuredClone(fallbackPlan(declared)))(batch)
  return rows.map((_, row) => (nulls !== null && nulls[row] === 1 ? null : values[row] === 1))
}

test('the rule decides row by row, with three-valued logic, on int64 of any size', () => {
  const rows: [Value, Value][] = [
    [11, 101],
    [10, 101],
    [11, 100],
    [11, null],
    [1, null],
    [2n ** 60n, 2n ** 61n],
  ]
  expect(decisions(rows)).toEqual([true, false, false, null, false, true])
})

test('a batch of any size gives one decision per row, in order', () => {
  const rows = Array.from({ length: 40_000 }, (_, i): [Value, Value] => [i, i % 3 === 0 ? 200 : 50])
  expect(decisions(rows)).toEqual(rows.map((_, i) => i > 10 && i % 3 === 0))
  expect(decisions([])).toEqual([])
})

test('a rule is asked again and again', () => {
  const rule = fallbackRule(fallbackPlan(declared))
  for (let hits = 9; hits < 13; hits++) {
    const { values } = rule(batchFromRows(VIEW_FIELDS, [[0, 60_000, 'key', hits, 500, 59_999, 60_001]]))
    expect([...values]).toEqual([hits > 10 ? 1 : 0])
  }
})

test('it decides by features alone, where a request brings no more: the other columns are null', () => {
  const nullable = VIEW_FIELDS.filter(({ name }) => !name.startsWith('_')).map((field) => ({ ...field, nullable: true }))
  const { values } = fallbackRule(fallbackPlan(declared))(
    batchFromRows(nullable, [
      [null, null, null, 12, 101],
      [null, null, null, 12, 99],
    ]),
  )
  expect([...values]).toEqual([1, 0])
})

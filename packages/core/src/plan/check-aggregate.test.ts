import type { Field } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { checkAggregates } from './check-aggregate.ts'
import type { Aggregate } from './node/window-aggregate-node.ts'

const FIELDS: readonly Field[] = [
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'int1', type: 'int32', nullable: true },
]

function check(...aggregates: readonly Aggregate[]): readonly Field[] {
  return checkAggregates(aggregates, { fields: FIELDS, where: 'node', taken: ['txt1'] })
}

test('gives each aggregate its column', () => {
  expect(check({ name: 'a', fn: 'count' }, { name: 'b', fn: 'min', args: [{ col: 'int1' }] })).toEqual([
    { name: 'a', type: 'int64', nullable: false },
    { name: 'b', type: 'int32', nullable: true },
  ])
})

test.each<[string, Aggregate, string]>([
  ['a name that is taken', { name: 'txt1', fn: 'count' }, 'plan/clashing-names'],
  ['an unknown aggregate', { name: 'a', fn: 'cuont' }, 'plan/unknown-aggregate'],
  ['a wrong number of arguments', { name: 'a', fn: 'sum' }, 'plan/argument-count'],
  ['a wrong argument', { name: 'a', fn: 'sum', args: [{ col: 'txt1' }] }, 'plan/argument-type'],
  ['a condition that is none', { name: 'a', fn: 'count', where: { col: 'int1' } }, 'plan/argument-type'],
  ['a max below 1', { name: 'a', fn: 'count_distinct', args: [{ col: 'int1' }], max: 0 }, 'plan/bad-max'],
  ['a max where nothing is kept', { name: 'a', fn: 'sum', args: [{ col: 'int1' }], max: 3 }, 'plan/bad-max'],
  ['an order that does not count', { name: 'a', fn: 'sum', args: [{ col: 'int1' }], order_by: [['int1', 'asc']] }, 'plan/bad-order'],
])('refuses %s', (_, aggregate, code) => {
  expect(() => check(aggregate)).toThrow(expect.objectContaining({ code }))
})

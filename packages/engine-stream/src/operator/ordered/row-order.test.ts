import { batchFromRows, type Value } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { rowOrder } from './row-order.ts'
import { comparerOf } from './value-order.ts'

function sorted(type: string, values: readonly Value[]): Value[] {
  const batch = batchFromRows(
    [{ name: 'v', type, nullable: true }],
    values.map((value) => [value]),
  )
  const order = rowOrder(values.length, [() => comparerOf(batch.columns[0], type)])
  return order === null ? [...values] : Array.from(order, (row) => values[row])
}

test.each<[type: string, values: readonly Value[]]>([
  ['int32', [null, null, -3, 0, 7]],
  ['int64', [null, -9_007_199_254_740_993n, -1, 9_007_199_254_740_993n]],
  ['double', [null, -0.5, 0, 1e300]],
  ['boolean', [null, false, true]],
  ['timestamp', [null, -1, 0, 1_700_000_000_000]],
  ['string', [null, '', 'Z', 'a', 'é', '𝄞']],
  ['decimal(10,2)', [null, '-10.00', '-9.50', '0.00', '9.50', '10.00']],
])('values of %s stand in their order, null least, whatever order they come in', (type, values) => {
  expect(sorted(type, values.toReversed())).toEqual(values)
  expect(sorted(type, [...values.slice(2), ...values.slice(0, 2)])).toEqual(values)
  expect(sorted(type, values)).toEqual(values)
})

test('text goes by its UTF-8 bytes, not by its UTF-16 units', () => {
  expect(sorted('string', ['\uFFFD', '𝄞'])).toEqual(['\uFFFD', '𝄞'])
})

test('a later key decides only between rows that are equal before, and rows equal in all stay as they come', () => {
  const batch = batchFromRows(
    ['a', 'b'].map((name) => ({ name, type: 'int32', nullable: false })),
    [
      [2, 1],
      [1, 9],
      [2, 0],
      [1, 9],
    ],
  )
  const keys = batch.columns.map((column) => () => comparerOf(column, 'int32'))
  expect(Array.from(rowOrder(4, keys) as Int32Array)).toEqual([1, 3, 2, 0])
})

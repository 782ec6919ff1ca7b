import { expect, test } from 'vitest'
import { batchFromRows, type Field, rowsOf } from './index.ts'

const of = (type: string): Field[] => [{ name: 'v', type, nullable: true }]

test('a value of another type is refused with its row and field', () => {
  expect(() => batchFromRows(of('int32'), [[1], ['2']])).toThrow('Row 1 has string 2 under `v`, which is int32.')
  expect(() => batchFromRows(of('string'), [[1]])).toThrow('`v`')
})

test.each<[string, number | bigint]>([
  ['int32', 2 ** 31],
  ['int32', 1.5],
  ['double', Number.NaN],
  ['double', Infinity],
  ['timestamp', 0.5],
  ['int64', 2 ** 53],
  ['int64', 2n ** 63n],
])('%s refuses %s', (type, value) => {
  expect(() => batchFromRows(of(type), [[value]])).toThrow(/columnar|under `v`/)
})

test('a type without a memory form is refused', () => {
  expect(() => batchFromRows(of('map<string>'), [])).toThrow('Column `v` has type map<string>, which batches do not hold.')
})

test('lone surrogates become the replacement character and share one entry with it', () => {
  const batch = batchFromRows(of('string'), [['\ud800'], ['\udc00'], ['\ufffd']])
  expect(rowsOf(batch)).toEqual([['\ufffd'], ['\ufffd'], ['\ufffd']])
  expect(batch.columns[0]).toMatchObject({ codes: Int32Array.of(0, 0, 0) })
})

test('negative zero becomes zero', () => {
  const [[value]] = rowsOf(batchFromRows(of('double'), [[-0]]))
  expect(Object.is(value, 0)).toBe(true)
})

test('int64 is in doubles while every value is safe, else in 64 bits', () => {
  expect(batchFromRows(of('int64'), [[1n], [2n ** 53n - 1n], [null]]).columns[0]).toMatchObject({ safe: true })
  expect(batchFromRows(of('int64'), [[5], [2 ** 53 - 1], [null]]).columns[0]).toMatchObject({ safe: true })
  expect(batchFromRows(of('int64'), [[5], [2n ** 53n]]).columns[0]).toMatchObject({ safe: false })
})

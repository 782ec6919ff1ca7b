import { batchFromRows, type Value } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { jsonObjects } from './json-rows.ts'

function printed(type: string, ...values: Value[]): string[] {
  const batch = batchFromRows(
    [{ name: 'v', type, nullable: true }],
    values.map((value) => [value]),
  )
  return jsonObjects(batch).map(String)
}

test.each<[type: string, value: Value, text: string]>([
  ['boolean', true, 'true'],
  ['boolean', false, 'false'],
  ['int32', 0, '0'],
  ['int32', -2_147_483_648, '-2147483648'],
  ['int32', 2_147_483_647, '2147483647'],
  ['int32', 1_000_000_000, '1000000000'],
  ['int64', 9_007_199_254_740_991, '9007199254740991'],
  ['int64', -10, '-10'],
  ['int64', -(2n ** 63n), '-9223372036854775808'],
  ['int64', 2n ** 63n - 1n, '9223372036854775807'],
  ['double', 1e-7, '1e-7'],
  ['double', 0.1, '0.1'],
  ['timestamp', 0, '"1970-01-01T00:00:00.000Z"'],
  ['timestamp', -1, '"1969-12-31T23:59:59.999Z"'],
  ['timestamp', -62_135_596_800_000, '"0001-01-01T00:00:00.000Z"'],
  ['timestamp', 253_402_300_799_999, '"9999-12-31T23:59:59.999Z"'],
  ['timestamp', 1_709_209_805_042, '"2024-02-29T12:30:05.042Z"'],
  ['date', -1, '"1969-12-31"'],
  ['string', 'plain é 日本 😀', '"plain é 日本 😀"'],
  ['string', 'a"b\\c\n\u0001', '"a\\"b\\\\c\\n\\u0001"'],
  ['string', '', '""'],
  ['json', '{"a":1}', '"{\\"a\\":1}"'],
  ['bytes', Uint8Array.of(0, 255, 1), '"AP8B"'],
  ['decimal(38,10)', '-1234567890123456789012345678.0123456789', '-1234567890123456789012345678.0123456789'],
  ['list<int64>', '[1,null]', '[1,null]'],
  ['struct<a:string>', '{"a":"x"}', '{"a":"x"}'],
  ['double', null, 'null'],
  ['string', null, 'null'],
])('writes %s %s as %s', (type, value, text) => {
  expect(printed(type, value)).toEqual([`{"v":${text}}`])
})

test('a column with values of each length keeps every row apart', () => {
  const values = Array.from({ length: 5000 }, (_, i) => 'x'.repeat(i % 97) + (i % 3 === 0 ? '"' : ''))
  expect(printed('string', ...values).map((text) => JSON.parse(text).v)).toEqual(values)
})

test('whole numbers of every number of digits are written', () => {
  const values = Array.from({ length: 16 }, (_, i) => [10 ** i, 10 ** i - 1, -(10 ** i)]).flat()
  expect(printed('int64', ...values)).toEqual(values.map((value) => `{"v":${value}}`))
})

test('times of several days, in any order, have their own day', () => {
  const values = [0, 86_400_000, 86_399_999, -1, 3 * 86_400_000 + 1]
  expect(printed('timestamp', ...values)).toEqual(values.map((value) => `{"v":"${new Date(value).toISOString()}"}`))
})

test('an object opens with the head that is given', () => {
  const batch = batchFromRows([{ name: 'a"b', type: 'int32', nullable: false }], [[1]])
  expect(jsonObjects(batch, '{"_kind":"row"').map(String)).toEqual(['{"_kind":"row","a\\"b":1}'])
})

test('columns of one value stand where they belong, first, between others and last', () => {
  const fields = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: name === 'b' ? 'int64' : 'string', nullable: true }))
  const rows = [0, 1, 2].map((n) => ['x"', n, 'same', n === 1 ? null : 'y'])
  const expected = rows.map(([a, b, c, d]) => ({ a, b, c, d }))
  expect(jsonObjects(batchFromRows(fields, rows)).map((text) => JSON.parse(String(text)))).toEqual(expected)
  const all = batchFromRows(fields.slice(0, 1), [['x'], ['x']])
  expect(jsonObjects(all, '{"_kind":"row"').map(String)).toEqual(['{"_kind":"row","a":"x"}', '{"_kind":"row","a":"x"}'])
})

import { batchFromRows, type Field, rowsOf, type Value } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOfJson } from './json-batch.ts'
import { jsonObjects } from './json-rows.ts'

const PLACE = { topic: 't', partition: 3 }

function read(text: string, ...fields: Field[]): Value[] {
  const record = { offset: 7, timestamp: 0, key: null, value: Buffer.from(text), headers: [] }
  return rowsOf(batchOfJson([record], fields, PLACE))[0]
}

function field(type: string, nullable = true): Field {
  return { name: 'v', type, nullable }
}

test.each<[text: string, type: string, value: Value]>([
  ['9223372036854775807', 'int64', 2n ** 63n - 1n],
  ['-0', 'int64', 0],
  ['1234567890123456789012345678.0123456789', 'decimal(38,10)', '1234567890123456789012345678.0123456789'],
  ['1.2E+3', 'decimal(10,2)', '1200.00'],
  ['12E-3', 'decimal(10,4)', '0.0120'],
  ['-5', 'decimal(10,2)', '-5.00'],
  ['"2026-01-31T12:00:00Z"', 'timestamp', Date.parse('2026-01-31T12:00:00Z')],
  ['"2026-01-31T12:00:00.12"', 'timestamp', Date.parse('2026-01-31T12:00:00.120Z')],
  ['"2026-01-31 12:00:00.123456789"', 'timestamp', Date.parse('2026-01-31T12:00:00.123Z')],
  ['"0001-01-01T00:00:00.000Z"', 'timestamp', -62_135_596_800_000],
  ['"1969-12-31"', 'date', -1],
  ['"NaN"', 'double', null],
  ['1E400', 'double', null],
  ['0.1', 'double', 0.1],
  ['"AP8B"', 'bytes', Uint8Array.of(0, 255, 1)],
  ['[1,null,9223372036854775807]', 'list<int64>', '[1,null,9223372036854775807]'],
  ['{"b":1.10,"a":"x"}', 'struct<a:string,b:decimal(10,2)>', '{"a":"x","b":"1.10"}'],
  ['"{ \\"a\\" : 1 }"', 'json', '{"a":1}'],
])('reads %s as %s', (text, type, value) => {
  expect(read(`{"v":${text}}`, field(type))).toEqual([value])
})

test.each([
  ['{"v":1.5}', 'int64', 'The record at offset 7 of partition 3 of the topic t has no int64 under `v`.'],
  ['{"v":9223372036854775808}', 'int64', 'has no int64'],
  ['{"v":2147483648}', 'int32', 'has no int32'],
  ['{"v":"2026-02-30T00:00:00Z"}', 'timestamp', 'has no timestamp'],
  ['{"v":1.234}', 'decimal(10,2)', 'has no decimal(10,2)'],
  ['[]', 'int64', 'is no JSON object'],
  ['{"v":', 'int64', 'is no JSON object'],
])('refuses %s as %s', (text, type, message) => {
  expect(() => read(text, field(type))).toThrow(message)
})

test('a missing member is null, and refused where the field is never null', () => {
  expect(read('{"other":1}', field('int64'))).toEqual([null])
  expect(() => read('{"other":1}', field('int64', false))).toThrow('has null under `v`')
})

const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64: fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  timestamp: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  string: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  bytes: fc.uint8Array(),
}

test('what is written is read back, whatever it holds', () => {
  const fields = Object.keys(VALUES).map((type) => ({ name: `${type} "1"`, type, nullable: true }))
  const row = fc.tuple(...Object.values(VALUES).map((value) => fc.option(value, { nil: null })))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const records = jsonObjects(batchFromRows(fields, rows)).map((value, offset) => ({
        offset,
        timestamp: 0,
        key: null,
        value,
        headers: [],
      }))
      expect(rowsOf(batchOfJson(records, fields, PLACE))).toEqual(rows)
    }),
  )
})

test.each([
  ['{"before":null,"after":{"v":1},"op":"c"}', [1, 0]],
  ['{"before":{"v":2},"after":null,"op":"d"}', [2, 3]],
])('of a change it gives the row and what is said of it: %s', (text, row) => {
  const record = { offset: 7, timestamp: 0, key: null, value: Buffer.from(text), headers: [] }
  const fields = [field('int64'), { name: '_op', type: 'int32', nullable: false }]
  expect(rowsOf(batchOfJson([record], fields, { ...PLACE, form: 'changes' }))).toEqual([row])
})

test.each(['{"v":1}', '{"before":null,"after":null,"op":"d"}', '{"before":{"v":1},"after":{"v":2},"op":"u"}'])(
  'what is no change is refused: %s',
  (text) => {
    const record = { offset: 7, timestamp: 0, key: null, value: Buffer.from(text), headers: [] }
    expect(() => batchOfJson([record], [field('int64')], { ...PLACE, form: 'changes' })).toThrow(/is no change of a row/)
  },
)

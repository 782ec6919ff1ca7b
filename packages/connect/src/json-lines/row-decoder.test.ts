import { describe, expect, test } from 'vitest'
import { parseExactJson } from './exact-json.ts'
import { RowDecoder } from './row-decoder.ts'

/** Decodes `{"x":<text>}` with one field `x`. */
function decode(type: string, text: string, options: { nullable?: boolean; min?: string; max?: string } = {}): unknown {
  const decoder = new RowDecoder({ event_time: 'ts1', fields: [{ name: 'x', type, ...options }] })
  const row = decoder.decode(parseExactJson(`{"x":${text}}`))
  return 'values' in row ? row.values[0] : row.reason
}

describe('reads', () => {
  test.each([
    ['int64', '0', 0],
    ['int64', '-0', 0],
    ['int64', '1.0', 1],
    ['int64', '1e3', 1000],
    ['int64', '9007199254740991', 9007199254740991],
    ['int64', '9007199254740993', 9007199254740993n],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['int64', '9007199254740993.0', 9007199254740993n],
    ['int64', '9.007199254740993e15', 9007199254740993n],
    ['int64', '1e18', 1000000000000000000n],
    ['int64', '"9223372036854775807"', 9223372036854775807n],
    ['int64', '"-12"', -12],
    ['int64', '"0"', 0],
    ['int64', '"-0"', 0],
    ['int32', '2147483647', 2147483647],
    ['int32', '-2147483648', -2147483648],
    ['double', '1.5', 1.5],
    ['double', '-0', 0],
    ['double', '-0.0', 0],
    ['double', '9007199254740993', 9007199254740992],
    ['double', '5e-324', 5e-324],
    ['boolean', 'true', true],
    ['string', '"😀 é"', '😀 é'],
    ['string', '""', ''],
    ['json', '{"a":[1,9007199254740993,null]}', '{"a":[1,9007199254740993,null]}'],
    ['timestamp', '0', 0],
    ['timestamp', '-1.5', -2],
    ['timestamp', '1700000000000.9', 1700000000000],
    ['timestamp', '"2024-02-29T12:00:00.1239Z"', Date.UTC(2024, 1, 29, 12, 0, 0, 123)],
    ['timestamp', '"2024-02-29T12:00:00+01:30"', Date.UTC(2024, 1, 29, 10, 30)],
    ['timestamp', '"2024-02-29 12:00"', Date.UTC(2024, 1, 29, 12)],
    ['timestamp', '"2024-02-29"', Date.UTC(2024, 1, 29)],
    ['timestamp', '"1969-12-31T23:59:59.9999Z"', -1],
    ['timestamp', '"0001-01-01T00:00:00Z"', -62_135_596_800_000],
    ['timestamp', '"9999-12-31T23:59:59.999999Z"', 253_402_300_799_999],
    ['date', '"1970-01-02"', 1],
    ['date', '"1969-12-31"', -1],
    ['date', '"0001-01-01"', -719_162],
  ])('%s %s', (type, text, value) => {
    const decoded = decode(type, text)
    expect(decoded).toBe(value)
  })

  test('bytes from base64', () => {
    expect(decode('bytes', '"AP8="')).toEqual(new Uint8Array([0, 255]))
  })
})

describe('refuses', () => {
  test.each([
    ['int64', '9223372036854775808', 'decode/int64'],
    ['int64', '"-9223372036854775809"', 'decode/int64'],
    ['int64', '1e30', 'decode/int64'],
    ['int64', '1e999', 'decode/int64'],
    ['int64', '1.5', 'contract/type'],
    ['int64', '"01"', 'contract/type'],
    ['int64', '" 1"', 'contract/type'],
    ['int64', 'true', 'contract/type'],
    ['int64', '[]', 'contract/type'],
    ['int32', '2147483648', 'contract/out-of-range'],
    ['int32', '9007199254740993', 'contract/out-of-range'],
    ['int32', '9223372036854775808', 'decode/int64'],
    ['int32', '"1"', 'contract/type'],
    ['double', '"1.5"', 'contract/type'],
    ['double', '1e999', 'contract/null'],
    ['boolean', '1', 'contract/type'],
    ['string', '1', 'contract/type'],
    ['string', '"\\ud800"', 'decode/invalid-utf8'],
    ['bytes', '"AP8"', 'contract/type'],
    ['bytes', '"!!!!"', 'contract/type'],
    ['timestamp', '"yesterday"', 'contract/type'],
    ['timestamp', 'true', 'contract/type'],
    ['timestamp', '"2023-02-29T00:00:00Z"', 'decode/impossible-time'],
    ['timestamp', '"2024-01-01T24:00:00Z"', 'decode/impossible-time'],
    ['timestamp', '"2024-01-01T00:00:60Z"', 'decode/impossible-time'],
    ['timestamp', '"2024-13-01T00:00:00Z"', 'decode/impossible-time'],
    ['timestamp', '"2024-01-01T00:00:00+24:00"', 'decode/impossible-time'],
    ['timestamp', '"0000-12-31T00:00:00Z"', 'decode/impossible-time'],
    ['timestamp', '"0001-01-01T00:00:00+00:01"', 'decode/impossible-time'],
    ['timestamp', '253402300800000', 'decode/impossible-time'],
    ['timestamp', '1e999', 'decode/impossible-time'],
    ['date', '"2023-02-29"', 'decode/impossible-time'],
    ['date', '"2023-2-9"', 'contract/type'],
    ['date', '5', 'contract/type'],
    ['int64', 'null', 'contract/null'],
  ])('%s %s: %s', (type, text, reason) => {
    expect(decode(type, text)).toBe(reason)
  })

  test.each([
    ['int64', '4', { min: '5' }],
    ['int64', '6', { max: '5' }],
    ['int64', '9007199254740993', { max: '9007199254740992' }],
    ['double', '0.4', { min: '0.5' }],
    ['string', '"b"', { max: 'a' }],
    ['string', '"\\uff01"', { max: 'z' }],
    ['timestamp', '0', { min: '1970-01-01T00:00:00.001Z' }],
    ['date', '"1970-01-01"', { min: '1970-01-02' }],
  ])('%s %s outside %o', (type, text, bounds) => {
    expect(decode(type, text, bounds)).toBe('contract/out-of-range')
  })

  test('text in the order of its UTF-8 bytes, not of its UTF-16 units', () => {
    expect(decode('string', '"\\uff01"', { max: '😀' })).toBe('！')
  })

  test('a row that is no object', () => {
    const decoder = new RowDecoder({ event_time: 'ts1', fields: [{ name: 'ts1', type: 'timestamp' }] })
    expect([null, 1, [1], 'x'].map((row) => decoder.decode(row))).toEqual(
      [null, 1, [1], 'x'].map(() => ({ reason: 'contract/type', column: undefined })),
    )
  })
})

test('takes both ends of a range', () => {
  expect([decode('int64', '5', { min: '5', max: '5' }), decode('double', '0.5', { min: '0.5', max: '0.5' })]).toEqual([5, 0.5])
})

test('takes nulls and missing fields where they are allowed, and ignores unknown fields', () => {
  const decoder = new RowDecoder({
    event_time: 'ts1',
    fields: [
      { name: 'ts1', type: 'timestamp' },
      { name: 'num1', type: 'double', nullable: true },
      { name: 'txt1', type: 'string', nullable: true, min: 'a' },
    ],
  })
  expect(decoder.decode(parseExactJson('{"ts1":1,"num1":1e999,"other":{"a":1}}'))).toEqual({ values: [1, null, null] })
})

test('names the first field at fault, and never takes an event time of null', () => {
  const decoder = new RowDecoder({
    event_time: 'ts1',
    fields: [
      { name: 'num1', type: 'int32' },
      { name: 'ts1', type: 'timestamp', nullable: true },
    ],
  })
  expect(decoder.decode(parseExactJson('{"num1":"x","ts1":"x"}'))).toEqual({ reason: 'contract/type', column: 'num1' })
  expect(decoder.decode(parseExactJson('{"num1":1}'))).toEqual({ reason: 'contract/null', column: 'ts1' })
})

test('does not take a field from the prototype of objects', () => {
  expect(new RowDecoder({ event_time: 't', fields: [{ name: 'constructor', type: 'string' }] }).decode({})).toEqual({
    reason: 'contract/null',
    column: 'constructor',
  })
})

test('refuses a type without a memory form and a bound of another type', () => {
  expect(() => new RowDecoder({ event_time: 't', fields: [{ name: 'x', type: 'map<string>' }] })).toThrow(
    expect.objectContaining({ code: 'plan/type-not-offered' }),
  )
  expect(() => new RowDecoder({ event_time: 't', fields: [{ name: 'x', type: 'int64', min: 'low' }] })).toThrow(
    expect.objectContaining({ code: 'plan/bad-literal' }),
  )
})

import { describe, expect, it } from 'vitest'
import { literalValue } from './literal.ts'

describe('literalValue', () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['true', 'boolean', true],
    ['TRUE', 'boolean', undefined],
    ['-2147483648', 'int32', -2147483648],
    ['2147483648', 'int32', undefined],
    ['1_0', 'int32', undefined],
    ['01', 'int32', undefined],
    ['-0', 'int32', 0],
    ['9007199254740993', 'int64', 9007199254740993n],
    ['9223372036854775808', 'int64', undefined],
    ['7', 'int64', 7],
    ['1e3', 'double', 1000],
    ['1e999', 'double', undefined],
    ['-0', 'double', 0],
    ['.5', 'double', undefined],
    ['1970-01-01T00:00:00.001Z', 'timestamp', 1],
    ['1970-01-01T01:00:00+01:00', 'timestamp', 0],
    ['1969-12-31T23:59:59.9999Z', 'timestamp', -1],
    ['2023-02-29T00:00:00Z', 'timestamp', undefined],
    ['1500', 'timestamp', 1500],
    ['2024-01-01', 'timestamp', undefined],
    ['1970-01-02', 'date', 1],
    ['2023-02-29', 'date', undefined],
    ['\ud800', 'string', undefined],
  ]
  it.each(cases)('reads %s as %s: %s', (lit, type, expected) => {
    expect(literalValue({ lit, type })).toStrictEqual(expected)
  })
})

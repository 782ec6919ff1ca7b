import { batchFromRows } from '@millrace/columnar'
import type { MillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { featureColumns, featureRow, featureRows } from './feature-matrix.ts'

const FIELDS = [
  { name: 'bool1', type: 'boolean', nullable: true },
  { name: 'int1', type: 'int32', nullable: true },
  { name: 'big1', type: 'int64', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
  { name: 'wide1', type: 'int64', nullable: true },
  { name: 'txt1', type: 'string', nullable: false },
  { name: 'ts1', type: 'timestamp', nullable: false },
]
const NAMES = ['bool1', 'int1', 'big1', 'num1', 'wide1']
const BATCH = batchFromRows(FIELDS, [
  [true, 1, 3, 0.1, 2n ** 60n, 'a', 0],
  [false, -(2 ** 31), 2 ** 53 - 1, 1e300, -(2n ** 63n), 'b', 1],
  [null, null, null, null, null, 'c', 2],
])
const NULL_ROW = [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]
const EXPECTED = [[1, 1, 3, Math.fround(0.1), 2 ** 60], [0, -(2 ** 31), 2 ** 53, Number.NaN, -(2 ** 63)], NULL_ROW]

test('rows hold every kind of number as float32, NULL and what float32 cannot hold as NaN', () => {
  expect([...featureRows(BATCH, NAMES)]).toEqual(EXPECTED.flat())
})

test('columns hold the same values as rows', () => {
  const columns = featureColumns(BATCH, NAMES)
  for (const [place, column] of columns.entries()) expect([...column]).toEqual(EXPECTED.map((row) => row[place]))
})

test('a range of rows goes into memory that is there already, over what it held', () => {
  const into = new Float32Array(40).fill(7)
  const rows = featureRows(BATCH, ['num1', 'bool1'], { from: 1, rows: 2, into })
  expect([...rows]).toEqual([Number.NaN, 0, Number.NaN, Number.NaN])
  expect(rows.buffer).toBe(into.buffer)
})

test('a row of named values equals the row of a batch', () => {
  const into = new Float32Array(NAMES.length * 2)
  featureRow({ bool1: true, int1: 1, big1: 3, num1: 0.1, wide1: '1152921504606846976' }, NAMES, into)
  featureRow({ bool1: null, int1: null }, NAMES, into, NAMES.length)
  expect([...into]).toEqual([...EXPECTED[0], ...NULL_ROW])
})

test('text that is no number, an unknown name, and columns that are no numbers are refused', () => {
  const codeOf = (work: () => unknown): string => {
    try {
      work()
    } catch (error) {
      return (error as MillraceError).code
    }
    return 'none'
  }
  const into = new Float32Array(NAMES.length)
  expect(codeOf(() => featureRow({ num1: 'many' }, NAMES, into))).toBe('model/feature-not-numeric')
  expect(codeOf(() => featureRow({ num1: 1, num2: 1 }, NAMES, into))).toBe('model/unknown-feature')
  expect(codeOf(() => featureRows(BATCH, ['txt1']))).toBe('model/feature-not-numeric')
  expect(codeOf(() => featureColumns(BATCH, ['ts1']))).toBe('model/feature-not-numeric')
  expect(codeOf(() => featureRows(BATCH, ['num2']))).toBe('model/missing-feature')
})

import type { LateEntry, Value } from '@millrace/core'
import { expect, test } from 'vitest'
import { compareResults, type ExpectedResult } from './compare-results.ts'

const columns = [
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
]

function result(
  rows: readonly (readonly Value[])[],
  options: { late?: readonly LateEntry[]; tolerances?: number[][] } = {},
): ExpectedResult {
  return { columns, rows, late: options.late ?? [], tolerances: options.tolerances }
}

test('rows agree in any order', () => {
  expect(
    compareResults(
      result([
        ['a', 1],
        ['b', 2],
      ]),
      result([
        ['b', 2],
        ['a', 1],
      ]),
    ),
  ).toBeUndefined()
})

test('how often a row occurs counts', () => {
  expect(
    compareResults(
      result([
        ['a', 1],
        ['a', 1],
      ]),
      result([['a', 1]]),
    ),
  ).toBe('rows differ: 1 missing, 0 unexpected\n  - txt1="a" num1=1')
  expect(
    compareResults(
      result([['a', 1]]),
      result([
        ['a', 1],
        ['a', 1],
      ]),
    ),
  ).toBe('rows differ: 0 missing, 1 unexpected\n  + txt1="a" num1=1')
})

test.each<[Value, Value]>([
  [0, -0],
  [1, 1n],
  [null, 0],
  [null, 'null'],
  ['a', new Uint8Array([97])],
  [1, true],
])('%s is not %s', (expected, actual) => {
  expect(compareResults(result([['a', expected]]), result([['a', actual]]))).toBeDefined()
})

test('a value may be off by its tolerance and no more', () => {
  const expected = result([['a', 1]], { tolerances: [[0, 1e-9]] })
  expect(compareResults(expected, result([['a', 1 + 5e-10]]))).toBeUndefined()
  expect(compareResults(expected, result([['a', 1 + 5e-9]]))).toBeDefined()
  expect(compareResults(expected, result([['a', null]]))).toBeDefined()
})

test('rows with the same exact part each find their own partner', () => {
  const expected = result(
    [
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ],
    {
      tolerances: [
        [0, 0.1],
        [0, 0.1],
        [0, 0.1],
      ],
    },
  )
  expect(
    compareResults(
      expected,
      result([
        ['a', 2.05],
        ['b', 1],
        ['a', 0.95],
      ]),
    ),
  ).toBeUndefined()
  expect(
    compareResults(
      expected,
      result([
        ['a', 1.05],
        ['b', 1],
        ['a', 0.95],
      ]),
    ),
  ).toBeDefined()
})

test('late entries are compared whole', () => {
  const entry: LateEntry = { source: 's', arrival: 3, late: 'some', windows_missed: 2, node: 'n2' }
  expect(compareResults(result([], { late: [entry] }), result([], { late: [{ ...entry }] }))).toBeUndefined()
  for (const other of [
    { ...entry, windows_missed: 1 },
    { ...entry, late: 'all' as const },
    { ...entry, node: 'n3' },
    { ...entry, arrival: 4 },
  ]) {
    expect(compareResults(result([], { late: [entry] }), result([], { late: [other] }))).toContain(
      'late entries differ: 1 missing, 1 unexpected',
    )
  }
})

test('columns agree in name, type and order', () => {
  const other = { ...result([]), columns: [columns[1], columns[0]] }
  expect(compareResults(result([]), other)).toBe('columns differ: expected txt1 string, num1 double; found num1 double, txt1 string')
})

test('a row with a wide tolerance does not take the place of an exact one', () => {
  const columns = [{ name: 'num1', type: 'double', nullable: true }]
  const expected = { columns, rows: [[3], [4]], late: [], tolerances: [[4], [0]] }
  expect(compareResults(expected, { columns, rows: [[4], [3]], late: [] })).toBeUndefined()
  expect(compareResults(expected, { columns, rows: [[4], [2]], late: [] })).toBeUndefined()
  expect(compareResults(expected, { columns, rows: [[3], [3]], late: [] })).toBeDefined()
})

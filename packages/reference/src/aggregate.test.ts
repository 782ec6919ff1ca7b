import { expect, test } from 'vitest'
import { aggregate } from './aggregate.ts'
import type { Datum } from './datum.ts'
import type { Row } from './row.ts'

const TYPES = new Map([
  ['x', 'int64'],
  ['at', 'timestamp'],
])

function rows(xs: readonly Datum[], times: readonly number[] = xs.map((_, i) => i)): Row[] {
  return xs.map((x, i) => ({
    columns: new Map<string, Datum>([
      ['x', x],
      ['at', times[i]],
    ]),
    eventTime: times[i],
    stamp: { source: 's', arrival: i, watermark: 0 },
    tie: { arrival: i, position: 0 },
  }))
}

function of(
  fn: string,
  xs: readonly Datum[],
  options: { times?: number[]; max?: number; order_by?: [string, 'asc' | 'desc'][] } = {},
): Datum {
  return aggregate({ name: 'a', fn, args: [{ col: 'x' }], max: options.max, order_by: options.order_by }, rows(xs, options.times), TYPES)
}

test('counts of nothing are 0 and all else of nothing is null', () => {
  for (const fn of ['count', 'count_distinct']) expect(of(fn, [null])).toBe(0n)
  for (const fn of ['sum', 'avg', 'min', 'max', 'first', 'last', 'variance', 'stddev']) expect(of(fn, [null])).toBe(null)
})

test('count without an argument counts rows, with one non-null values', () => {
  expect(aggregate({ name: 'a', fn: 'count' }, rows([null, 1n]), TYPES)).toBe(2n)
  expect(of('count', [null, 1n])).toBe(1n)
})

test('only rows whose where is true count; null is not true', () => {
  const where = { fn: 'gt', args: [{ col: 'x' }, { lit: '1', type: 'int64' }] }
  expect(aggregate({ name: 'a', fn: 'count', where }, rows([null, 1n, 2n]), TYPES)).toBe(1n)
})

test('count_distinct stops at max', () => {
  expect(of('count_distinct', [1n, 2n, 2n, 3n, null], { max: 3 })).toBe(3n)
  expect(of('count_distinct', [1n, 2n, 2n, 3n, null], { max: 2 })).toBe(2n)
})

test('only the final integer sum can overflow', () => {
  expect(of('sum', [2n ** 63n - 1n, 1n, -1n])).toBe(2n ** 63n - 1n)
  expect(of('sum', [2n ** 63n - 1n, 1n])).toBe(null)
  expect(of('avg', [2n ** 63n - 1n, 1n])).toBe(null)
})

test('avg of integers is the exact sum over the count', () => {
  expect(of('avg', [2n ** 53n, 1n, 1n])).toBe((2 ** 53 + 2) / 3)
})

test('a double sum that leaves the doubles is null', () => {
  expect(of('sum', [1e308, 1e308])).toBe(null)
})

test('min and max go by UTF-8 bytes', () => {
  expect(of('max', ['\u{e000}', '\u{1f600}', 'z'])).toBe('\u{1f600}')
  expect(of('min', ['b', '', 'a'])).toBe('')
})

test('first and last skip nulls, go by event time, then by arrival', () => {
  const options = { times: [5, 3, 3, 5, 9] }
  expect(of('first', [1n, 2n, 3n, 4n, null], options)).toBe(2n)
  expect(of('last', [1n, 2n, 3n, 4n, null], options)).toBe(4n)
})

test('order_by goes before event time', () => {
  expect(of('first', [1n, 2n, 3n], { order_by: [['at', 'desc']] })).toBe(3n)
})

test('variance is of the sample and null for one value', () => {
  expect(of('variance', [1n, 2n, 3n, 4n])).toBeCloseTo(5 / 3, 14)
  expect(of('stddev', [2n, 4n])).toBeCloseTo(Math.SQRT2, 14)
  expect(of('variance', [7n])).toBe(null)
})

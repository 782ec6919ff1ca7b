import { expect, it } from 'vitest'
import { percentiles } from './percentile.ts'

it('takes the nearest rank, whatever the order', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect(percentiles(hundred)).toEqual({ p50: 50, p99: 99, max: 100, count: 100 })
  expect(percentiles([9, 1])).toEqual({ p50: 1, p99: 9, max: 9, count: 2 })
})

it('has no percentile of nothing', () => {
  expect(percentiles([])).toEqual({ p50: null, p99: null, max: null, count: 0 })
})

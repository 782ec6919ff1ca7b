import { expect, test } from 'vitest'
import { exactSum } from './exact-sum.ts'

test('adds what a running sum loses', () => {
  expect(exactSum([1e100, 1, -1e100])).toBe(1)
  expect(exactSum(Array(10).fill(0.1))).toBe(1)
})

test('does not depend on order where a partial sum would overflow', () => {
  expect(exactSum([1.5e308, 1.5e308, -1.5e308])).toBe(1.5e308)
})

test('is infinite where the sum leaves the doubles', () => {
  expect(exactSum([1.5e308, 1.5e308])).toBe(Number.POSITIVE_INFINITY)
  expect(exactSum([-1.5e308, -1.5e308])).toBe(Number.NEGATIVE_INFINITY)
})

test('keeps the least doubles', () => {
  expect(exactSum([5e-324, 5e-324])).toBe(1e-323)
  expect(exactSum([2.2250738585072014e-308, -5e-324])).toBe(2.225073858507201e-308)
  expect(exactSum([-5e-324])).toBe(-5e-324)
})

test('rounds half to even once', () => {
  expect(exactSum([2 ** 53, 1])).toBe(2 ** 53)
  expect(exactSum([2 ** 53, 1, 2 ** -60])).toBe(2 ** 53 + 2)
  expect(exactSum([2 ** 53 + 2, 1])).toBe(2 ** 53 + 4)
})

import { expect, test } from 'vitest'
import { Chance, ranks } from './chance.ts'

test('draws the same numbers from the same seed, and others from another', () => {
  const draws = (seed: number): number[] => {
    const chance = new Chance(seed)
    return Array.from({ length: 50 }, () => chance.next())
  }
  expect(draws(7)).toEqual(draws(7))
  expect(draws(7)).not.toEqual(draws(8))
})

test('draws exponential, lognormal and ranked values with the asked middle', () => {
  const chance = new Chance(3)
  const values = Array.from({ length: 20_000 }, () => chance.exponential(10))
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(10, 0)
  const logs = Array.from({ length: 20_001 }, () => chance.lognormal(5, 1)).sort((a, b) => a - b)
  expect(Math.abs(logs[10_000] - 5)).toBeLessThan(0.2)
  const rank = ranks(100, 1, chance)
  const first = Array.from({ length: 20_000 }, rank).filter((drawn) => drawn === 0).length
  expect(Math.abs(first / 20_000 - 1 / 5.187)).toBeLessThan(0.02)
})

import { expect, it } from 'vitest'
import { RequestRate } from './request-rate.ts'

it('lets so many requests a second pass on average, and says when the next one may', () => {
  const rate = new RequestRate(10, 0)
  const passed = (now: number, asked: number): number =>
    Array.from({ length: asked }, () => rate.take(now)).filter((wait) => wait === 0).length
  expect(passed(0, 20)).toBe(10)
  expect(rate.take(50)).toBe(1)
  expect(passed(500, 20)).toBe(5)
  expect(passed(60_000, 20)).toBe(10)
  let sum = 0
  for (let ms = 60_000; ms < 70_000; ms += 10) sum += passed(ms, 1)
  expect(sum).toBeLessThanOrEqual(100)
  expect(sum).toBeGreaterThan(97)
})

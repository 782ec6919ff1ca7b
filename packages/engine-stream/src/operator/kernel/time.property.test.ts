import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffTime, extractTime, truncateTime } from './time.ts'

const time = fc.oneof(
  fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.constantFrom(
    Date.UTC(2024, 1, 29),
    Date.UTC(2023, 11, 31),
    Date.UTC(2021, 0, 3),
    Date.UTC(2020, 11, 31, 23, 59, 59, 999),
    Date.UTC(2000, 1, 29),
    Date.UTC(1900, 1, 28),
  ),
)

test('calendar fields and truncation agree with Date', () => {
  fc.assert(
    fc.property(time, (t) => {
      const date = new Date(t)
      expect(['second', 'minute', 'hour', 'day', 'month', 'year'].map((unit) => extractTime(t, unit))).toEqual([
        date.getUTCSeconds(),
        date.getUTCMinutes(),
        date.getUTCHours(),
        date.getUTCDate(),
        date.getUTCMonth() + 1,
        date.getUTCFullYear(),
      ])
      const month = new Date(0).setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth(), 1)
      expect([truncateTime(t, 'month'), truncateTime(t, 'year')]).toEqual([month, new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1)])
      const monday = truncateTime(t, 'week')
      expect(new Date(monday).getUTCDay()).toBe(1)
      expect(t - monday).toBeGreaterThanOrEqual(0)
      expect(t - monday).toBeLessThan(7 * 86_400_000)
    }),
    { verbose: true },
  )
})

test('ISO weeks follow the published examples', () => {
  const week = (text: string): number => extractTime(Date.parse(text), 'week')
  expect(['2005-01-01', '2005-01-02', '2005-12-31', '2007-01-01', '2008-12-29', '2010-01-03', '2020-12-31'].map(week)).toEqual([
    53, 53, 52, 1, 1, 53, 53,
  ])
})

test('whole months end on the last day where the day is missing, and differences are antisymmetric', () => {
  const months = (from: string, to: string): number => diffTime('month', Date.parse(from), Date.parse(to))
  expect(months('2024-01-31', '2024-02-29')).toBe(1)
  expect(months('2024-01-31', '2024-02-28')).toBe(0)
  expect(months('2024-01-31T12:00:00Z', '2024-02-29T11:00:00Z')).toBe(0)
  expect(diffTime('year', Date.parse('2020-02-29'), Date.parse('2021-02-28'))).toBe(1)
  fc.assert(
    fc.property(time, time, fc.constantFrom('second', 'hour', 'week', 'month', 'year'), (a, b, unit) => {
      expect(diffTime(unit, a, b) + diffTime(unit, b, a)).toBe(0)
      expect(Object.is(diffTime(unit, a, b), -0)).toBe(false)
    }),
    { verbose: true },
  )
})

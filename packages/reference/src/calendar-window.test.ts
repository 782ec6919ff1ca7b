import { expect, test } from 'vitest'
import { calendarWindows } from './calendar-window.ts'

const windowText = (unit: 'day' | 'week' | 'month', zone: string, at: string): string => {
  const { start, end } = calendarWindows({ kind: 'calendar', unit, zone })(Date.parse(at))
  return `${new Date(start).toISOString().slice(0, 16)} ${new Date(end).toISOString().slice(0, 16)}`
}

test.each([
  ['a day of 23 hours', 'day', 'Europe/Paris', '2024-03-31T12:00:00Z', '2024-03-30T23:00 2024-03-31T22:00'],
  ['a day of 25 hours', 'day', 'Europe/Paris', '2024-10-27T00:30:00Z', '2024-10-26T22:00 2024-10-27T23:00'],
  ['a week from Monday', 'week', 'America/New_York', '2024-03-11T03:59:59.999Z', '2024-03-04T05:00 2024-03-11T04:00'],
  ['a month', 'month', 'Asia/Kolkata', '2024-02-29T18:29:59.999Z', '2024-01-31T18:30 2024-02-29T18:30'],
  ['a month of the year 1', 'month', 'UTC', '0001-02-15T00:00:00Z', '0001-02-01T00:00 0001-03-01T00:00'],
  ['a day whose midnight is skipped', 'day', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-04T03:00 2018-11-05T02:00'],
  ['a day before one whose midnight is repeated', 'day', 'America/Sao_Paulo', '2018-02-18T02:30:00Z', '2018-02-17T02:00 2018-02-18T03:00'],
  [
    'a day that has begun when clocks go back over midnight',
    'day',
    'America/St_Johns',
    '2006-10-29T02:45:00Z',
    '2006-10-29T02:30 2006-10-30T03:30',
  ],
  ['a day before one that is skipped whole', 'day', 'Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T10:00 2011-12-30T10:00'],
  ['a day behind one that is skipped whole', 'day', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00 2011-12-31T10:00'],
  ['a day before 1900, by the clocks of 1900', 'day', 'Asia/Kolkata', '1850-06-01T00:00:00Z', '1850-05-31T18:38 1850-06-01T18:38'],
  ['a day after 2200, by the clocks of 2200', 'day', 'Europe/Paris', '2300-07-01T22:30:00Z', '2300-06-30T23:00 2300-07-01T23:00'],
] as const)('%s', (_, unit, zone, at, expected) => {
  expect(windowText(unit, zone, at)).toBe(expected)
})

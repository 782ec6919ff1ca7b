import type { PlanNode } from '@millrace/core'
import { aggregated, COUNT, event, flow, SUM } from './flow.ts'
import type { Scenario } from './scenario.ts'

type Unit = 'day' | 'week' | 'month'

const calendar = (unit: Unit, zone: string): PlanNode => aggregated('c', 'events', { kind: 'calendar', unit, zone })
/** Times of one key, in order, and the windows' bounds with their counts. */
const windows = (
  name: string,
  of: {
    readonly unit: Unit
    readonly zone: string
    readonly at: readonly string[]
    readonly found: readonly (readonly [string, string, number])[]
  },
): Scenario =>
  flow(name, {
    nodes: [calendar(of.unit, of.zone)],
    input: of.at.map((time) => event(time)),
    rows: of.found.map(([start, end, n]) => [start, end, 'a', n]),
  })

export const CALENDAR_SCENARIOS: readonly Scenario[] = [
  windows('days of UTC begin at midnight', {
    unit: 'day',
    zone: 'UTC',
    at: ['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '1970-01-01T23:59:59.999Z'],
    found: [
      ['1969-12-31T00:00:00.000Z', '1970-01-01T00:00:00.000Z', 1],
      ['1970-01-01T00:00:00.000Z', '1970-01-02T00:00:00.000Z', 2],
    ],
  }),
  windows('a local day lasts 23 hours when clocks go forward', {
    unit: 'day',
    zone: 'Europe/Paris',
    at: ['2024-03-30T22:59:59.999Z', '2024-03-30T23:00:00.000Z', '2024-03-31T21:59:59.999Z', '2024-03-31T22:00:00.000Z'],
    found: [
      ['2024-03-29T23:00:00.000Z', '2024-03-30T23:00:00.000Z', 1],
      ['2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z', 2],
      ['2024-03-31T22:00:00.000Z', '2024-04-01T22:00:00.000Z', 1],
    ],
  }),
  windows('a local day lasts 25 hours when clocks go back', {
    unit: 'day',
    zone: 'America/New_York',
    at: ['2024-11-03T04:00:00.000Z', '2024-11-03T05:30:00.000Z', '2024-11-03T06:30:00.000Z', '2024-11-04T04:59:59.999Z'],
    found: [['2024-11-03T04:00:00.000Z', '2024-11-04T05:00:00.000Z', 4]],
  }),
  windows('a day whose midnight is skipped begins with its first instant', {
    unit: 'day',
    zone: 'America/Sao_Paulo',
    at: ['2018-11-04T02:59:59.999Z', '2018-11-04T03:00:00.000Z'],
    found: [
      ['2018-11-03T03:00:00.000Z', '2018-11-04T03:00:00.000Z', 1],
      ['2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z', 1],
    ],
  }),
  windows('a day goes on when clocks go back to it at midnight', {
    unit: 'day',
    zone: 'America/Sao_Paulo',
    at: ['2018-02-18T01:59:59.999Z', '2018-02-18T02:30:00.000Z', '2018-02-18T03:00:00.000Z'],
    found: [
      ['2018-02-17T02:00:00.000Z', '2018-02-18T03:00:00.000Z', 2],
      ['2018-02-18T03:00:00.000Z', '2018-02-19T03:00:00.000Z', 1],
    ],
  }),
  windows('a day that has begun goes on when clocks go back over its midnight', {
    unit: 'day',
    zone: 'America/St_Johns',
    at: ['2006-10-29T02:29:59.999Z', '2006-10-29T02:30:00.000Z', '2006-10-29T02:45:00.000Z', '2006-10-29T03:30:00.000Z'],
    found: [
      ['2006-10-28T02:30:00.000Z', '2006-10-29T02:30:00.000Z', 1],
      ['2006-10-29T02:30:00.000Z', '2006-10-30T03:30:00.000Z', 3],
    ],
  }),
  windows('a zone may skip a whole day', {
    unit: 'day',
    zone: 'Pacific/Apia',
    at: ['2011-12-30T09:59:59.999Z', '2011-12-30T10:00:00.000Z'],
    found: [
      ['2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z', 1],
      ['2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z', 1],
    ],
  }),
  windows('weeks begin on Monday', {
    unit: 'week',
    zone: 'Asia/Tokyo',
    at: ['2024-02-25T14:59:59.999Z', '2024-02-25T15:00:00.000Z', '2024-03-03T14:59:59.999Z'],
    found: [
      ['2024-02-18T15:00:00.000Z', '2024-02-25T15:00:00.000Z', 1],
      ['2024-02-25T15:00:00.000Z', '2024-03-03T15:00:00.000Z', 2],
    ],
  }),
  windows('months have their own lengths', {
    unit: 'month',
    zone: 'Australia/Sydney',
    at: ['2024-01-31T12:59:59.999Z', '2024-01-31T13:00:00.000Z', '2024-02-29T12:59:59.999Z', '2024-04-07T00:00:00.000Z'],
    found: [
      ['2023-12-31T13:00:00.000Z', '2024-01-31T13:00:00.000Z', 1],
      ['2024-01-31T13:00:00.000Z', '2024-02-29T13:00:00.000Z', 2],
      ['2024-03-31T13:00:00.000Z', '2024-04-30T14:00:00.000Z', 1],
    ],
  }),
  windows('an offset of half an hour and one with seconds', {
    unit: 'day',
    zone: 'Africa/Monrovia',
    at: ['1910-05-05T00:43:07.999Z', '1910-05-05T00:43:08.000Z'],
    found: [
      ['1910-05-04T00:43:08.000Z', '1910-05-05T00:43:08.000Z', 1],
      ['1910-05-05T00:43:08.000Z', '1910-05-06T00:43:08.000Z', 1],
    ],
  }),
  windows('beyond 1900 and 2200 clocks are as they were then', {
    unit: 'month',
    zone: 'Europe/Paris',
    at: ['0001-02-15T00:00:00.000Z', '1700-07-01T00:00:00.000Z', '2500-07-31T22:30:00.000Z'],
    found: [
      ['0001-01-31T23:50:39.000Z', '0001-02-28T23:50:39.000Z', 1],
      ['1700-06-30T23:50:39.000Z', '1700-07-31T23:50:39.000Z', 1],
      ['2500-06-30T23:00:00.000Z', '2500-07-31T23:00:00.000Z', 1],
    ],
  }),
  flow('a row is late for a local day when its watermark has reached the day’s end', {
    nodes: [calendar('day', 'Asia/Kolkata')],
    input: [
      event('2024-06-01T18:29:59.999Z'),
      event('2024-06-01T00:00:00.000Z'),
      event('2024-06-01T18:30:00.000Z'),
      event('2024-06-01T00:00:00.000Z'),
      event('2024-06-01T19:00:00.000Z'),
    ],
    rows: [
      ['2024-05-31T18:30:00.000Z', '2024-06-01T18:30:00.000Z', 'a', 2],
      ['2024-06-01T18:30:00.000Z', '2024-06-02T18:30:00.000Z', 'a', 2],
    ],
    late: [[3, 'c']],
  }),
  flow('keys have local days of their own', {
    nodes: [aggregated('c', 'events', { kind: 'calendar', unit: 'day', zone: 'UTC' }, { aggregates: [COUNT, SUM] })],
    input: [event(0, 'a', 1), event(0, null, 2), event(1, 'b', 3), event(86_399_999, null, 4)],
    rows: [
      [0, 86_400_000, 'a', 1, 1],
      [0, 86_400_000, null, 2, 6],
      [0, 86_400_000, 'b', 1, 3],
    ],
  }),
  flow('hours of a local day, and days of the windows in it', {
    nodes: [
      aggregated('w', 'events', { kind: 'tumbling', size_ms: 3_600_000 }),
      aggregated('c', 'w', { kind: 'calendar', unit: 'day', zone: 'Europe/Paris' }),
    ],
    input: [event('2024-10-26T21:59:00.000Z'), event('2024-10-26T22:00:00.000Z'), event('2024-10-27T22:30:00.000Z')],
    rows: [
      ['2024-10-25T22:00:00.000Z', '2024-10-26T22:00:00.000Z', 'a', 1],
      ['2024-10-26T22:00:00.000Z', '2024-10-27T23:00:00.000Z', 'a', 2],
    ],
  }),
]

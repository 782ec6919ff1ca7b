import type { PlanSource } from '@millrace/core'
import { expect, test } from 'vitest'
import { type InputLine, stampRows } from './stamp.ts'

const FLOOR = Date.parse('0001-01-01T00:00:00.000Z')

function source(splits: number | undefined): PlanSource {
  return { name: 's', event_time: 'ts1', watermark_delay_ms: 10, late: 'keep', splits, fields: [{ name: 'ts1', type: 'timestamp' }] }
}
const row = (time: number, split = '0', watermark?: number): InputLine => ({ kind: 'row', source: 's', split, values: [time], watermark })
const end = (split = '0'): InputLine => ({ kind: 'end', source: 's', split })
const dead = (split = '0'): InputLine => ({ kind: 'dead-letter', source: 's', split })

function watermarks(lines: readonly InputLine[], splits?: number): number[] {
  return stampRows([source(splits)], lines).map((stamped) => stamped.watermark)
}

test('a row is stamped with the watermark before it', () => {
  expect(watermarks([row(100), row(200), row(150), row(150)])).toEqual([FLOOR, 90, 190, 190])
})

test('the floor holds until every split has spoken', () => {
  expect(watermarks([row(100, '0'), row(200, '0'), row(50, '1'), row(300, '0')], 2)).toEqual([FLOOR, FLOOR, FLOOR, 40])
})

test('a split that ended without a word no longer holds the watermark', () => {
  expect(watermarks([row(100, '0'), end('1'), row(100, '0')], 2)).toEqual([FLOOR, 90])
})

test('the end of the slowest split lets the watermark go on', () => {
  expect(watermarks([row(100, '0'), row(50, '1'), row(100, '0'), end('1'), row(100, '0')], 2)).toEqual([FLOOR, FLOOR, 40, 90])
})

test('the watermark never falls when a late split appears', () => {
  expect(watermarks([row(100, '0'), row(20, '1'), row(100, '0')])).toEqual([FLOOR, 90, 90])
})

test('it stands still when no split is active', () => {
  expect(watermarks([row(100, '0'), end('0'), row(20, '1'), row(300, '1'), row(300, '1')])).toEqual([FLOOR, 90, 90, 290])
})

test('a dead letter takes an arrival, but does not make its split speak', () => {
  const stamped = stampRows([source(2)], [row(100, '0'), dead('1'), row(100, '0')])
  expect(stamped.map((one) => [one.arrival, one.watermark])).toEqual([
    [0, FLOOR],
    [2, FLOOR],
  ])
})

test('a given stamp is taken and the computed one goes on without it', () => {
  expect(watermarks([row(100, '0', 500), row(200), row(300)])).toEqual([500, 90, 190])
})

test('arrival counts the lines of all sources', () => {
  const other: PlanSource = { ...source(1), name: 'r' }
  const stamped = stampRows([source(1), other], [row(1), { kind: 'row', source: 'r', split: '0', values: [7] }, row(2)])
  expect(stamped.map((one) => [one.source, one.arrival, one.watermark])).toEqual([
    ['s', 0, FLOOR],
    ['r', 1, FLOOR],
    ['s', 2, -9],
  ])
})

test('a row after the end of its split is refused', () => {
  expect(() => stampRows([source(1)], [end(), row(1)])).toThrowError(
    expect.objectContaining({ code: 'input/row-after-end', exitStatus: 1 }),
  )
})

import { type Batch, batchFromRows, rowsOf } from '@millrace/columnar'
import { STAMP_FIELDS, WATERMARK_FLOOR } from '@millrace/core'
import { expect, test } from 'vitest'
import { Stamper } from './stamper.ts'

const DELAY = 10

function times(...values: number[]): Batch {
  return batchFromRows(
    [{ name: 'ts1', type: 'timestamp', nullable: false }],
    values.map((value) => [value]),
  )
}

function request(split: string, rows: number, deadLettersAfterRows: number[] = []) {
  return {
    split,
    eventTime: 'ts1',
    offsets: Float64Array.from({ length: rows }, (_, row) => row * 100),
    deadLettersAfterRows,
    ingestedAt: 5000,
    schemaVersion: 3,
    producer: 'p',
  }
}

function watermarks(stamper: Stamper, split: string, ...values: number[]): unknown[] {
  return rowsOf(stamper.stampBatch(times(...values), request(split, values.length)).batch).map((row) => row[6])
}

function opened(...splits: string[]): Stamper {
  const stamper = new Stamper({ watermarkDelayMs: DELAY })
  for (const split of splits) stamper.openSplit(split)
  return stamper
}

test("puts the stamps before the batch's own columns", () => {
  const { batch } = opened('a').stampBatch(times(100, 90), request('a', 2))
  expect(batch.fields.slice(0, 7)).toEqual(STAMP_FIELDS)
  expect(rowsOf(batch)).toEqual([
    [0, 'a', 0, 5000, 3, 'p', WATERMARK_FLOOR, 100],
    [1, 'a', 100, 5000, 3, 'p', 90, 90],
  ])
})

test('gives each row the watermark before it, which never falls', () => {
  const stamper = opened('a')
  expect(watermarks(stamper, 'a', 100, 50, 120, 110)).toEqual([WATERMARK_FLOOR, 90, 90, 110])
  expect(watermarks(stamper, 'a', 10)).toEqual([110])
})

test('stays at the floor until every split opened at first has spoken', () => {
  const stamper = opened('a', 'b')
  expect(watermarks(stamper, 'a', 100, 200)).toEqual([WATERMARK_FLOOR, WATERMARK_FLOOR])
  expect(watermarks(stamper, 'b', 150, 170)).toEqual([WATERMARK_FLOOR, 140])
  expect(stamper.watermark).toBe(160)
})

test('goes on when a silent split ends or is caught up with its end', () => {
  for (const leave of ['endSplit', 'idleSplit'] as const) {
    const stamper = opened('a', 'b')
    watermarks(stamper, 'a', 100)
    stamper[leave]('b')
    expect(stamper.watermark).toBe(90)
  }
})

test('is held by a split discovered later until it speaks', () => {
  const stamper = opened('a')
  watermarks(stamper, 'a', 100)
  stamper.openSplit('b')
  expect(watermarks(stamper, 'a', 200, 300)).toEqual([90, 90])
  watermarks(stamper, 'b', 250)
  expect(stamper.watermark).toBe(240)
})

test('is held by a caught-up split again when that has new records', () => {
  const stamper = opened('a', 'b')
  watermarks(stamper, 'a', 100)
  watermarks(stamper, 'b', 50)
  stamper.idleSplit('b')
  expect(stamper.watermark).toBe(90)
  expect(watermarks(stamper, 'b', 95)).toEqual([90])
  expect(watermarks(stamper, 'a', 500)).toEqual([90])
  expect(stamper.watermark).toBe(90)
})

test('keeps the watermark when all splits have ended', () => {
  const stamper = opened('a', 'b')
  watermarks(stamper, 'a', 100)
  watermarks(stamper, 'b', 50)
  stamper.endSplit('a')
  stamper.endSplit('b')
  expect(stamper.watermark).toBe(40)
})

test('gives dead letters arrivals among the rows, and they make no split speak', () => {
  const stamper = opened('a', 'b')
  const { batch, deadLetterArrivals } = stamper.stampBatch(times(100, 101), request('a', 2, [0, 0, 1, 2]))
  expect([rowsOf(batch).map((row) => row[0]), deadLetterArrivals]).toEqual([
    [2, 4],
    [0, 1, 3, 5],
  ])
  expect(stamper.stampDeadLetter()).toBe(6)
  stamper.stampBatch(times(), request('b', 0, [0]))
  expect([stamper.watermark, stamper.state().nextArrival]).toEqual([WATERMARK_FLOOR, 8])
})

test('a batch of dead letters alone leaves a caught-up split caught up', () => {
  const stamper = opened('a', 'b')
  watermarks(stamper, 'a', 100)
  watermarks(stamper, 'b', 50)
  stamper.idleSplit('a')
  stamper.idleSplit('b')
  stamper.stampBatch(times(), request('a', 0, [0]))
  expect(stamper.watermark).toBe(40)
})

test('goes on from its state as if it had never stopped', () => {
  const stamper = opened('a', 'b')
  watermarks(stamper, 'a', 100)
  watermarks(stamper, 'b', 50)
  const again = new Stamper({ watermarkDelayMs: DELAY }, JSON.parse(JSON.stringify(stamper.state())))
  expect(again.state()).toEqual(stamper.state())
  expect(watermarks(again, 'b', 300, 1)).toEqual(watermarks(stamper, 'b', 300, 1))
})

test('forgets a dropped split', () => {
  const stamper = opened('a', 'b')
  stamper.endSplit('b')
  stamper.dropSplit('b')
  expect(Object.keys(stamper.state().splits)).toEqual(['a'])
})

import { emptyBatch, encodeBatch, type Field } from '@millrace/columnar'
import { expect, it } from 'vitest'
import { ClosingTimes } from './closing-times.ts'

const FIELDS: readonly Field[] = [{ name: 'at', type: 'timestamp', nullable: false }]

/** A log of heartbeats: watermark and ingest time of each. */
function logOf(beats: (readonly [number, number])[], kept = { from: 0 }) {
  const bytes = ([watermarkAfter, ingestedAt]: readonly [number, number]) => encodeBatch(emptyBatch(FIELDS), { watermarkAfter, ingestedAt })
  return {
    range: () => ({ first: kept.from, next: beats.length }),
    read: ({ from }: { from: number }) => beats.slice(from, from + 3).map((beat, i) => ({ offset: from + i, span: 1, bytes: bytes(beat) })),
  }
}

it('tells when the watermark came to a time', () => {
  const beats: [number, number][] = [
    [1_000, 10],
    [1_400, 11],
    [2_500, 12],
    [9_000, 13],
  ]
  const times = new ClosingTimes(logOf(beats), 'requests')
  expect([0, 1_000, 1_001, 2_500, 3_000, 9_000].map((time) => times.at(time))).toEqual([10, 10, 12, 12, 13, 13])
  expect(times.at(9_001)).toBeUndefined()
  beats.push([10_000, 14], [253_402_300_799_999, 15])
  expect([9_001, 10_001].map((time) => times.at(time))).toEqual([14, 15])
})

it('goes on behind what the log has dropped', () => {
  const [beats, kept]: [[number, number][], { from: number }] = [
    [
      [1_000, 10],
      [3_000, 11],
    ],
    { from: 0 },
  ]
  const times = new ClosingTimes(logOf(beats, kept), 'requests')
  expect(times.at(1_000)).toBe(10)
  beats.push([5_000, 12], [7_000, 13])
  kept.from = 3
  expect([3_000, 4_000, 7_000].map((time) => times.at(time))).toEqual([11, 13, 13])
})

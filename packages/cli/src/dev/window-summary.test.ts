import { describe, expect, it } from 'vitest'
import type { ShownView } from './dev-event.ts'
import { BUSY_KEYS_MAX, WindowSummaries } from './window-summary.ts'

const VIEW: ShownView = {
  name: 'view',
  entity: ['txt1'],
  busyBy: 'num1',
  fields: [
    { name: 'window_start', type: 'timestamp', nullable: false },
    { name: 'window_end', type: 'timestamp', nullable: false },
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'num1', type: 'int64', nullable: true },
  ],
}

describe('WindowSummaries', () => {
  it('gives out windows in order, once they are closed, with the greatest keys first', () => {
    const summaries = new WindowSummaries(VIEW)
    summaries.add([
      [10, 20, 'late', 1],
      [0, 10, 'small', 1],
      [0, 10, 'none', null],
    ])
    summaries.add([[0, 10, 'big', 9]])
    expect(summaries.take(9)).toEqual([])
    const [first, ...others] = summaries.take(19)
    expect(first).toMatchObject({ start: 0, end: 10, keys: 3 })
    expect(first.busiest.map((row) => row[2])).toEqual(['big', 'small', 'none'])
    expect(others).toEqual([])
    expect(summaries.take(20).map(({ end }) => end)).toEqual([20])
  })

  it('keeps only the busiest keys and counts all', () => {
    const summaries = new WindowSummaries(VIEW)
    summaries.add(Array.from({ length: 50 }, (_, i) => [0, 10, `key ${i}`, (i * 7) % 50]))
    const [{ keys, busiest }] = summaries.take(10)
    expect(keys).toBe(50)
    expect(busiest.map((row) => row[3])).toEqual(Array.from({ length: BUSY_KEYS_MAX }, (_, i) => 49 - i))
  })
})

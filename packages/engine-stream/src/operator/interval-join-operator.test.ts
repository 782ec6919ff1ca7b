import type { CheckedPlan, PlanNode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { type FedRow, Feed } from '../../test/feed.ts'
import { col, FLOOR, planOf } from '../../test/plan-fixture.ts'

function selfJoin(how: 'inner' | 'left', bounds: readonly [number, number]): CheckedPlan {
  const [lower_ms, upper_ms] = bounds
  const right: PlanNode = {
    id: 'r',
    kind: 'project',
    input: 'n1',
    columns: [
      { name: 'key2', expr: col('key1') },
      { name: 'big2', expr: col('big1') },
    ],
  }
  return planOf([
    right,
    { id: 'j', kind: 'join', left: 'n1', right: 'r', on: [['key1', 'key2']], how, type: 'interval', lower_ms, upper_ms },
  ])
}

function at(time: number, key: string | null, big: number, watermark = FLOOR): FedRow {
  return { watermark, values: [time, key, big, null, null] }
}

describe('an interval join', () => {
  test('gives a pair when its second row comes, with the later time and ingest', () => {
    const feed = new Feed(selfJoin('inner', [1, 10]))
    expect(feed.push([at(5, 'a', 1)], { ingestedAt: 100 })).toEqual([])
    const pairs = feed.push([at(9, 'a', 2), at(20, 'a', 3), at(9, 'b', 4)], { ingestedAt: 200 })
    expect(pairs.map((row) => [row.big1, row.big2, row._event_time])).toEqual([[1, 2, 9]])
  })

  test('gives a left row without partner as soon as none can come', () => {
    const feed = new Feed(selfJoin('left', [1, 10]))
    feed.push([at(5, 'a', 1), at(6, null, 2)])
    expect(feed.push([], { watermark: 15 })).toEqual([])
    const alone = feed.push([], { watermark: 16, ingestedAt: 300 })
    expect(alone.map((row) => [row.big1, row.big2, row._event_time, row._available_at])).toEqual([[1, null, 5, 300]])
    expect(feed.push([], { watermark: 17 }).map((row) => [row.key1, row.big1])).toEqual([[null, 2]])
    expect(feed.finish()).toEqual([])
  })

  test('keeps no row that no partner can come for, in memory and in its pages', () => {
    const feed = new Feed(selfJoin('inner', [0, 10]))
    for (let batch = 0; batch < 200; batch++) {
      const now = batch * 10
      feed.push(Array.from({ length: 50 }, (_, i) => at(now, `key ${batch} ${i}`, i, now)))
      feed.save()
    }
    expect([...feed.pages.keys()].length).toBeLessThan(60)
    expect(feed.runner.tableSizes.keys).toBeLessThan(10_000)
    feed.push([], { watermark: 100_000 })
    feed.save()
    expect([...feed.pages.keys()]).toEqual(['meta'])
  })

  test('writes kept rows once; of a left join only what found a partner is written again', () => {
    const feed = new Feed(selfJoin('left', [5, 10]))
    feed.push([at(0, 'a', 1), at(0, 'b', 1)])
    expect(feed.save().written).toEqual(['0/left/0/rows/0', '0/right/0/rows/0', 'meta'])
    feed.push([at(6, 'a', 2)])
    expect(feed.save().written).toEqual(['0/left/0/matched/0', '0/left/1/rows/0', '0/right/1/rows/0', 'meta'])
    feed.restart()
    expect(feed.push([], { watermark: 11 }).map((row) => [row.key1, row.big2])).toEqual([['b', null]])
  })

  test('rows of many pushes find their partners, through merged chunks and a restart', () => {
    const feed = new Feed(selfJoin('inner', [0, 1000]))
    for (let i = 0; i < 100; i++) {
      feed.push([at(i, `key ${i % 10}`, i)])
      if (i % 30 === 29) {
        feed.save()
        feed.restart()
      }
    }
    const pairs = feed.push([at(100, 'key 3', 100)])
    expect(pairs.map((row) => row.big1).sort((a, b) => Number(a) - Number(b))).toEqual([3, 13, 23, 33, 43, 53, 63, 73, 83, 93, 100])
  })

  test('a row that is late on both sides is handed out once, with what it missed', () => {
    const feed = new Feed(selfJoin('inner', [0, 10]))
    feed.push([at(5, 'a', 1), at(5, 'a', 2, 6), at(6, 'a', 3, 6)])
    expect(feed.late().map((row) => [row.big1, row._late, row._windows_missed, row._node])).toEqual([[2, 'all', 1, 'j']])
    expect(feed.runner.counters).toMatchObject({ rowsIn: 3, rowsCounted: 2, lateAll: 1 })
  })
})

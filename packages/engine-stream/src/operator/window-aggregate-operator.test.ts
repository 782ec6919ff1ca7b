import type { Aggregate, Value, Window } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { type FedRow, Feed, type NamedRow } from '../../test/feed.ts'
import { col, FLOOR, fn, lit, planOf, windowNode } from '../../test/plan-fixture.ts'

const HOPPING: Window = { kind: 'hopping', size_ms: 30, every_ms: 10 }
const COUNT: Aggregate = { name: 'rows', fn: 'count' }

function at(time: number, key: string | null, more: { watermark?: number; big1?: Value; num1?: Value; txt1?: Value } = {}): FedRow {
  return { watermark: more.watermark ?? FLOOR, values: [time, key, more.big1 ?? null, more.num1 ?? null, more.txt1 ?? null] }
}

function feedOf(window: Window, aggregates: readonly Aggregate[] = [COUNT], options: { late?: 'keep' | 'drop' } = {}): Feed {
  return new Feed(planOf([windowNode(window, aggregates)], options))
}

function brief(rows: readonly NamedRow[], ...names: string[]): unknown[][] {
  return rows
    .map((row) => ['window_end', 'key1', ...names].map((name) => row[name]))
    .sort((a, b) => Number(a[0]) - Number(b[0]) || (String(a[1]) < String(b[1]) ? -1 : 1))
}

describe('firing', () => {
  test('a window fires when a stamp reaches its end, not before', () => {
    const feed = feedOf(HOPPING)
    expect(feed.push([at(5, 'a'), at(6, 'a', { watermark: 9 })])).toEqual([])
    expect(brief(feed.push([at(25, 'a', { watermark: 10 })]), 'rows')).toEqual([[10, 'a', 2]])
    expect(brief(feed.push([], { watermark: 29 }), 'rows')).toEqual([[20, 'a', 2]])
    expect(brief(feed.finish(), 'rows')).toEqual([
      [30, 'a', 3],
      [40, 'a', 1],
      [50, 'a', 1],
    ])
  })

  test('a window row carries its bounds, its event time and the ingest time that closed it', () => {
    const feed = feedOf(HOPPING)
    feed.push([at(5, 'a')], { ingestedAt: 100 })
    expect(feed.push([], { watermark: 10, ingestedAt: 200 })).toEqual([
      { window_start: -20, window_end: 10, key1: 'a', rows: 1, _event_time: 9, _available_at: 200 },
    ])
  })

  test('rows of windows that are open at the end are available with the latest records, also after a restart', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10 })
    feed.push([at(5, 'a')], { ingestedAt: 100 })
    feed.push([at(6, 'a')], { ingestedAt: 300 })
    feed.save()
    feed.restart()
    expect(feed.finish().map((row) => [row.rows, row._available_at])).toEqual([[2, 300]])
  })

  test('windows before 1970 and with an offset lie on the grid', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10, offset_ms: -3 })
    feed.push([at(-14, 'a'), at(-13, 'a'), at(-4, 'a'), at(-3, 'a')])
    expect(brief(feed.finish(), 'rows')).toEqual([
      [-13, 'a', 1],
      [-3, 'a', 2],
      [7, 'a', 1],
    ])
  })

  test('a year without rows is jumped over', () => {
    const year = 31_536_000_000
    const feed = feedOf({ kind: 'hopping', size_ms: 3000, every_ms: 1000 })
    const early = feed.push([at(500, 'a'), at(year, 'a', { watermark: year })])
    expect(brief([...early, ...feed.finish()], 'rows')).toEqual([
      [1000, 'a', 1],
      [2000, 'a', 1],
      [3000, 'a', 1],
      [year + 1000, 'a', 1],
      [year + 2000, 'a', 1],
      [year + 3000, 'a', 1],
    ])
    expect(feed.runner.counters.windowsFired).toBe(6)
  })

  test('a key without rows in the window gives no row, a key whose rows fail every condition does', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10 }, [{ ...COUNT, where: fn('gt', col('big1'), lit('5', 'int64')) }])
    feed.push([at(1, 'a', { big1: 9 }), at(2, 'b', { big1: 1 }), at(11, 'a', { big1: null })])
    expect(brief(feed.finish(), 'rows')).toEqual([
      [10, 'a', 1],
      [10, 'b', 0],
      [20, 'a', 0],
    ])
  })

  test('null keys form one group', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10 })
    feed.push([at(1, null), at(2, null), at(3, 'null')])
    expect(brief(feed.finish(), 'rows')).toEqual([
      [10, null, 2],
      [10, 'null', 1],
    ])
  })

  test('exact mode counts late rows and fires only at the end', () => {
    const feed = new Feed(planOf([windowNode(HOPPING, [COUNT])]), 'exact')
    expect(feed.push([at(5, 'a'), at(5, 'a', { watermark: 1000 })], { watermark: 5000 })).toEqual([])
    expect(brief(feed.finish(), 'rows')).toEqual([
      [10, 'a', 2],
      [20, 'a', 2],
      [30, 'a', 2],
    ])
    expect(feed.late()).toEqual([])
  })
})

describe('late rows', () => {
  test('a row counts in its open windows and is handed out with what it missed', () => {
    const feed = feedOf(HOPPING, [
      COUNT,
      { name: 'most', fn: 'max', args: [col('big1')] },
      { name: 'paths', fn: 'count_distinct', args: [col('txt1')] },
    ])
    feed.push([at(5, 'a', { big1: 1, txt1: 'x' }), at(15, 'b', { big1: 1 })])
    feed.push([at(5, 'a', { watermark: 20, big1: 7, txt1: 'y' }), at(5, 'c', { watermark: 20 }), at(5, 'a', { watermark: 35 })])
    const late = feed.late()
    expect(late.map((row) => [row._arrival, row._late, row._windows_missed, row._node, row.big1, row.txt1, row._watermark])).toEqual([
      [2, 'some', 2, 'w', 7, 'y', 20],
      [3, 'some', 2, 'w', null, null, 20],
      [4, 'all', 3, 'w', null, null, 35],
    ])
    const { rowsIn, rowsCounted, lateAll, lateMemberships } = feed.runner.counters
    expect({ rowsIn, rowsCounted, lateAll, lateMemberships }).toEqual({ rowsIn: 5, rowsCounted: 4, lateAll: 1, lateMemberships: 7 })
  })

  test('a late row shows in the next window of a folded and of a distinct aggregate', () => {
    const feed = feedOf(HOPPING, [
      COUNT,
      { name: 'most', fn: 'max', args: [col('big1')] },
      { name: 'paths', fn: 'count_distinct', args: [col('txt1')] },
    ])
    feed.push([at(5, 'a', { big1: 1, txt1: 'x' })])
    const fired = feed.push([at(5, 'a', { watermark: 20, big1: 7, txt1: 'y' })], { watermark: 30 })
    expect(brief(fired, 'rows', 'most', 'paths')).toEqual([
      [10, 'a', 1, 1, 1],
      [20, 'a', 1, 1, 1],
      [30, 'a', 2, 7, 2],
    ])
  })

  test('a row whose window ends exactly at its watermark is late', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10 })
    feed.push([at(9, 'a', { watermark: 10 }), at(10, 'a', { watermark: 10 })])
    expect(feed.late().map((row) => row._arrival)).toEqual([0])
  })

  test('the policy drop counts late rows and hands none out', () => {
    const feed = feedOf({ kind: 'tumbling', size_ms: 10 }, [COUNT], { late: 'drop' })
    feed.push([at(1, 'a', { watermark: 10 })])
    expect(feed.late()).toEqual([])
    expect(feed.runner.counters.lateAll).toBe(1)
  })

  test('a row that a filter took out is never late', () => {
    const feed = new Feed(
      planOf([
        { id: 'f', kind: 'filter', input: 'n1', where: fn('eq', col('txt1'), lit('in', 'string')) },
        windowNode(HOPPING, [COUNT], 'f'),
      ]),
    )
    feed.push([at(1, 'a', { watermark: 100, txt1: 'out' }), at(1, 'a', { watermark: 100, txt1: 'in' })])
    expect(feed.late().map((row) => row._arrival)).toEqual([1])
    expect(feed.runner.counters.rowsIn).toBe(1)
  })

  test('late rows carry the columns of the operator, also those that nothing else reads', () => {
    const feed = new Feed(
      planOf([
        {
          id: 'p',
          kind: 'project',
          input: 'n1',
          columns: [
            { name: 'key1', expr: col('key1') },
            { name: 'twice', expr: fn('mul', col('big1'), lit('2', 'int32')) },
          ],
        },
        windowNode({ kind: 'tumbling', size_ms: 10 }, [COUNT], 'p'),
      ]),
    )
    feed.push([at(50, 'b'), at(1, 'a', { watermark: 10, big1: 21 })])
    const [late] = feed.late()
    expect(late).toMatchObject({ key1: 'a', twice: 42, _arrival: 1, _late: 'all' })
    expect(Object.keys(late)).not.toContain('txt1')
  })
})

describe('aggregates', () => {
  const tumbling: Window = { kind: 'tumbling', size_ms: 10 }

  function aggregated(aggregate: Omit<Aggregate, 'name'>, rows: readonly Parameters<typeof at>[2][], window = tumbling): Value[] {
    const feed = feedOf(window, [{ name: 'result', ...aggregate }])
    feed.push(rows.map((more, i) => at(i % 10, 'a', more)))
    return feed.finish().map((row) => row.result)
  }

  const MAX = 9_223_372_036_854_775_807n

  test('a sum of int64 is exact, and null only when the final sum leaves int64', () => {
    expect(aggregated({ fn: 'sum', args: [col('big1')] }, [{ big1: MAX }, { big1: MAX }, { big1: -MAX }])).toEqual([MAX])
    expect(aggregated({ fn: 'sum', args: [col('big1')] }, [{ big1: MAX }, { big1: 1 }])).toEqual([null])
    expect(aggregated({ fn: 'sum', args: [col('big1')] }, [{ big1: 9_007_199_254_740_991 }, { big1: 2 }])).toEqual([9_007_199_254_740_993n])
    expect(aggregated({ fn: 'sum', args: [col('big1')] }, [{ big1: null }])).toEqual([null])
  })

  test('an average of integers divides the exact sum, and is null when that leaves int64', () => {
    expect(aggregated({ fn: 'avg', args: [col('big1')] }, [{ big1: 1 }, { big1: 2 }, { big1: null }])).toEqual([1.5])
    expect(aggregated({ fn: 'avg', args: [col('big1')] }, [{ big1: MAX }, { big1: MAX }])).toEqual([null])
  })

  test('a sum of doubles does not overflow on the way, only in the end', () => {
    expect(aggregated({ fn: 'sum', args: [col('num1')] }, [{ num1: 1.5e308 }, { num1: 1.5e308 }, { num1: -1.5e308 }])).toEqual([1.5e308])
    expect(aggregated({ fn: 'sum', args: [col('num1')] }, [{ num1: 1.5e308 }, { num1: 1.5e308 }])).toEqual([null])
  })

  test('min and max tell int64 apart that are equal as doubles', () => {
    const rows = [{ big1: 9_007_199_254_740_992n }, { big1: 9_007_199_254_740_994n }, { big1: 9_007_199_254_740_993n }, { big1: 5 }]
    expect(aggregated({ fn: 'max', args: [col('big1')] }, rows)).toEqual([9_007_199_254_740_994n])
    expect(aggregated({ fn: 'min', args: [col('big1')] }, rows.slice(0, 3))).toEqual([9_007_199_254_740_992n])
    expect(aggregated({ fn: 'max', args: [col('big1')] }, [{ big1: 9_007_199_254_740_993n }, { big1: 9_007_199_254_740_992n }])).toEqual([
      9_007_199_254_740_993n,
    ])
  })

  test('min and max of text go by UTF-8 bytes', () => {
    const rows = [{ txt1: '\u{ffff}' }, { txt1: '\u{1f600}' }, { txt1: null }]
    expect(aggregated({ fn: 'max', args: [col('txt1')] }, rows)).toEqual(['\u{1f600}'])
    expect(aggregated({ fn: 'min', args: [col('txt1')] }, rows)).toEqual(['\u{ffff}'])
  })

  test('a distinct count above its maximum shows the maximum and is counted as saturated', () => {
    const rows = ['x', 'y', 'z', 'x'].map((txt1) => ({ txt1 }))
    for (const window of [tumbling, { kind: 'hopping', size_ms: 20, every_ms: 10 } as const]) {
      expect(new Set(aggregated({ fn: 'count_distinct', args: [col('txt1')], max: 2 }, rows, window))).toEqual(new Set([2]))
      expect(new Set(aggregated({ fn: 'count_distinct', args: [col('txt1')], max: 3 }, rows, window))).toEqual(new Set([3]))
    }
    const feed = feedOf(tumbling, [{ name: 'result', fn: 'count_distinct', args: [col('txt1')], max: 2 }])
    feed.push(rows.map((more) => at(1, 'a', more)))
    feed.finish()
    expect(feed.runner.counters.saturated).toBe(1)
  })
})

describe('long runs', () => {
  test('an hour’s window every second gives the right extremes all along', () => {
    const steps = 3600
    const feed = feedOf({ kind: 'hopping', size_ms: steps * 1000, every_ms: 1000 }, [
      { name: 'most', fn: 'max', args: [col('big1')] },
      COUNT,
    ])
    const values = Array.from({ length: 9000 }, (_, i) => (i * 7919) % 10_007)
    const rows: NamedRow[] = []
    for (let i = 0; i < values.length; i += 100) {
      rows.push(...feed.push(values.slice(i, i + 100).map((big1, k) => at((i + k) * 1000, 'a', { watermark: (i + k) * 1000 - 1, big1 }))))
    }
    expect(rows.length).toBeGreaterThan(8900)
    for (const row of rows) {
      const end = (row.window_end as number) / 1000
      if (end % 97 !== 0 && end !== steps) continue
      const slice = values.slice(Math.max(0, end - steps), end)
      expect([end, row.most, row.rows]).toEqual([end, Math.max(...slice), slice.length])
    }
  })

  test('folds stay right under steady late rows', () => {
    const tiles = 20
    const aggregates = [
      { name: 'most', fn: 'max', args: [col('big1')] },
      { name: 'least', fn: 'min', args: [col('txt1')] },
    ]
    const feed = feedOf({ kind: 'hopping', size_ms: tiles * 10, every_ms: 10 }, aggregates)
    const accepted: { time: number; watermark: number; big1: number; txt1: string }[] = []
    const fired: NamedRow[] = []
    for (let i = 0; i < 3000; i++) {
      const late = i % 3 === 0 ? (i % 17) * 10 : 0
      const one = { time: i - late, watermark: i - 10, big1: (i * 7919) % 1009, txt1: String((i * 104_729) % 997) }
      accepted.push(one)
      fired.push(...feed.push([at(one.time, 'a', one)]))
    }
    for (const row of [...fired, ...feed.finish()]) {
      const end = row.window_end as number
      const rows = accepted.filter((one) => one.time >= end - tiles * 10 && one.time < end && end > one.watermark)
      const least = rows.map((one) => one.txt1).sort()[0]
      expect([end, row.most, row.least]).toEqual([end, Math.max(...rows.map((one) => one.big1)), least])
    }
    expect(feed.runner.counters.lateMemberships).toBeGreaterThan(1000)
  })

  test('keys and values that are gone take no memory: tables stay small over ever new ones', () => {
    const feed = feedOf({ kind: 'hopping', size_ms: 20, every_ms: 10 }, [
      { name: 'paths', fn: 'count_distinct', args: [col('txt1')] },
      { name: 'early', fn: 'count_distinct', args: [col('txt1')], where: fn('lt', col('txt1'), lit('path 1', 'string')) },
      { name: 'late', fn: 'count_distinct', args: [col('txt1')], where: fn('gte', col('txt1'), lit('path 1', 'string')) },
    ])
    for (let i = 0; i < 120; i++) {
      const part = Array.from({ length: 2000 }, (_, k) =>
        at(i * 10, `key ${i * 1000 + (k % 1000)}`, { watermark: i * 10, txt1: `path ${i * 2000 + k}` }),
      )
      // The second time, values are looked up that may have been renumbered after the first.
      const rows = [...feed.push(part), ...feed.push(part)]
      if (i > 2) expect(new Set(rows.map(({ paths, early, late }) => `${paths} ${Number(early) + Number(late)}`))).toEqual(new Set(['2 2']))
    }
    feed.save()
    const keys = new Set([...feed.pages.keys()].map((key) => key.split('/')[1]))
    expect(keys.size).toBeLessThanOrEqual(4)
    expect(feed.runner.tableSizes.keys).toBeLessThan(20_000)
    expect(feed.runner.tableSizes.values).toBeLessThan(140_000)
  })
})

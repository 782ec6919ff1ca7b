import { decodeBatch } from '@millrace/columnar'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FedRow, Feed } from '../../../test/feed.ts'
import { col, FLOOR, planOf, windowNode } from '../../../test/plan-fixture.ts'
import { lowerPlan } from '../../lower/lower-plan.ts'
import { PartitionRunner } from '../../run/partition-runner.ts'

const PLAN = planOf([
  windowNode({ kind: 'hopping', size_ms: 30, every_ms: 10 }, [
    { name: 'rows', fn: 'count' },
    { name: 'total', fn: 'sum', args: [col('big1')] },
    { name: 'mean', fn: 'avg', args: [col('num1')] },
    { name: 'least', fn: 'min', args: [col('txt1')] },
    { name: 'most', fn: 'max', args: [col('big1')] },
    { name: 'texts', fn: 'count_distinct', args: [col('txt1')] },
    { name: 'bigs', fn: 'count_distinct', args: [col('big1')], max: 2 },
  ]),
])

function at(time: number, key: string, watermark = FLOOR): FedRow {
  return { watermark, values: [time, key, time, 0.5, `text ${time % 5}`] }
}

describe('what is written', () => {
  test('only pages of tiles that changed are written, and pages of tiles that are gone are removed', () => {
    const feed = new Feed(PLAN)
    feed.push([at(5, 'a'), at(15, 'a')])
    expect(feed.save().written).toEqual([
      '0/tile/0/group/0/0',
      '0/tile/0/distinct/5/0',
      '0/tile/0/distinct/6/0',
      '0/tile/1/group/0/0',
      '0/tile/1/distinct/5/0',
      '0/tile/1/distinct/6/0',
      'meta',
    ])
    feed.push([at(15, 'a')])
    expect(feed.save()).toEqual({ written: ['0/tile/1/group/0/0', 'meta'], removed: [] })
    expect(feed.save()).toEqual({ written: [], removed: [] })
    feed.push([], { watermark: 30 })
    expect(feed.save()).toEqual({ written: ['meta'], removed: ['0/tile/0/group/0/0', '0/tile/0/distinct/5/0', '0/tile/0/distinct/6/0'] })
  })

  test('of many groups only those that changed, of many distinct values only the last chunk is written again', () => {
    const feed = new Feed(PLAN)
    feed.push(Array.from({ length: 10_000 }, (_, i) => ({ watermark: FLOOR, values: [5, `key ${i}`, i, 0.5, `text ${i}`] })))
    feed.push(Array.from({ length: 10_000 }, (_, i) => ({ watermark: FLOOR, values: [5, `key ${i}`, i, 0.5, `other ${i}`] })))
    const first = feed.save().written
    expect(first.filter((key) => key.includes('group'))).toEqual([0, 1, 2].map((segment) => `0/tile/0/group/${segment}/0`))
    expect(first.filter((key) => key.includes('distinct/5'))).toEqual([0, 1].map((chunk) => `0/tile/0/distinct/5/${chunk}`))
    feed.push([{ watermark: FLOOR, values: [5, 'key 5000', 1, 0.5, 'new'] }])
    expect(feed.save().written).toEqual(['0/tile/0/change/0', '0/tile/0/distinct/5/1', '0/tile/0/distinct/6/0', 'meta'])
  })
})

test('after a restart, too, only what changed is written', () => {
  const feed = new Feed(PLAN)
  feed.push(Array.from({ length: 20_000 }, (_, i) => ({ watermark: FLOOR, values: [5, `key ${i}`, 1, 0.5, `text ${i}`] })))
  feed.save()
  feed.restart()
  expect(feed.save()).toEqual({ written: [], removed: [] })
  feed.push([{ watermark: FLOOR, values: [5, 'key 0', 1, 0.5, 'new'] }])
  expect(feed.save().written).toEqual(['0/tile/0/change/0', '0/tile/0/distinct/5/1', 'meta'])
})

describe('what is read', () => {
  test('state of a newer version or of another plan is refused', () => {
    const feed = new Feed(PLAN)
    feed.push([at(5, 'a')])
    feed.save()
    const other = new PartitionRunner(lowerPlan(planOf([windowNode({ kind: 'tumbling', size_ms: 10 }, [])])), { mode: 'as_served' })
    const pages = [...feed.pages].map(([key, value]) => ({ key, value }))
    expect(() => other.restore(pages)).toThrow(/belongs to plan/)
    const meta = new TextDecoder().decode(feed.pages.get('meta')).replace('"version":3', '"version":4')
    expect(() => other.restore([{ key: 'meta', value: new TextEncoder().encode(meta) }])).toThrow(/has version 4/)
  })

  test('a damaged page is noticed', () => {
    const feed = new Feed(PLAN)
    feed.push([at(5, 'a')])
    feed.save()
    const page = feed.pages.get('0/tile/0/group/0/0') as Uint8Array
    page[page.length - 1] ^= 1
    expect(() => feed.restart()).toThrow(/damaged|checksum/)
  })
})

const rowArbitrary = fc.record({
  time: fc.integer({ min: 0, max: 120 }),
  key: fc.constantFrom('a', 'b', null, ''),
  behind: fc.integer({ min: 0, max: 60 }),
  big: fc.constantFrom(
    null,
    1,
    -3,
    9_007_199_254_740_993n,
    9_007_199_254_740_992n,
    -9_223_372_036_854_775_808n,
    9_223_372_036_854_775_807n,
  ),
  num: fc.constantFrom(null, 0.1, -1e308, 1e308, 3),
  text: fc.constantFrom(null, '', 'x', '\u{1f600}', '\u{ffff}', 'yy'),
})

test('a runner restored at any point goes on as the uninterrupted one', () => {
  fc.assert(
    fc.property(fc.array(rowArbitrary, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (drawn, size) => {
      let greatest = 0
      const rows = drawn.map((one, i): FedRow => {
        const watermark = greatest - 20
        greatest = Math.max(greatest, one.time + i - one.behind)
        return { watermark, values: [one.time + i - one.behind, one.key, one.big, one.num, one.text] }
      })
      const whole = new Feed(PLAN)
      const cut = new Feed(PLAN)
      for (let from = 0; from < rows.length; from += size) {
        const part = rows.slice(from, from + size)
        const [expected, found] = [whole.push(part), cut.push(part)]
        expect(sorted(found)).toEqual(sorted(expected))
        expect(cut.late()).toEqual(whole.late())
        cut.save()
        cut.restart()
        expect(cut.runner.counters).toEqual(whole.runner.counters)
      }
      expect(sorted(cut.finish())).toEqual(sorted(whole.finish()))
    }),
    { numRuns: 200, verbose: true },
  )
})

test('groups that are written alone come back as they last were, also new ones, and take less room than all groups', () => {
  const chance = chanceOf(7)
  const whole = new Feed(PLAN)
  const cut = new Feed(PLAN)
  const push = (keys: readonly number[]): void => {
    const rows = keys.map(
      (key): FedRow => ({ watermark: FLOOR, values: [5, `key ${key}`, chance(1000), chance(10) / 4, `t ${chance(3)}`] }),
    )
    for (const feed of [whole, cut]) feed.push(rows)
  }
  push(Array.from({ length: 9000 }, (_, key) => key))
  cut.save()
  const kinds = new Set<string>()
  for (let round = 0; round < 120; round++) {
    push(Array.from({ length: 1 + chance(400) }, () => chance(9000 + round * 20)))
    const { written, removed } = cut.save()
    for (const key of [...written, ...removed.map((key) => `no ${key}`)]) kinds.add(key.replace(/[0-9]/g, ''))
    const alone = [...cut.pages].filter(([key]) => key.includes('/change/')).map(([, value]) => decodeBatch(value).batch.rows)
    expect(alone.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(4500)
    if (round % 7 === 6) cut.restart()
  }
  expect([...kinds].sort()).toEqual([
    '/tile//change/',
    '/tile//distinct//',
    '/tile//group//',
    'meta',
    'no /tile//change/',
    'no /tile//group//',
  ])
  expect(sorted(cut.finish())).toEqual(sorted(whole.finish()))
})

/** Whole numbers below a limit, by an xorshift. */
function chanceOf(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))).sort()
}

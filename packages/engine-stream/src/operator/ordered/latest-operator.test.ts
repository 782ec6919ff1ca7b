import type { PlanNode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { type FedRow, Feed } from '../../../test/feed.ts'
import { FLOOR, planOf } from '../../../test/plan-fixture.ts'
import { CHANGE } from './change.ts'

const LATEST: PlanNode = { id: 'c', kind: 'latest', input: 'n1', keys: ['key1'] }
const KEYS = 5000

function rows(time: number, keys = KEYS): FedRow[] {
  return Array.from({ length: keys }, (_, key): FedRow => ({ watermark: FLOOR, values: [time, `key ${key}`, key, 0.5, `text ${time}`] }))
}

function pagesOf(feed: Feed, kind: string): string[] {
  return [...feed.pages.keys()].filter((key) => key.includes(`/${kind}/`))
}

describe('what is kept', () => {
  test('rows that others came for are cleared away once they are the greater part', () => {
    const feed = new Feed(planOf([LATEST]))
    for (const time of [1, 2]) {
      feed.push(rows(time))
      feed.save()
    }
    expect(pagesOf(feed, 'rows')).toHaveLength(2)
    expect(pagesOf(feed, 'gone')).toEqual([])
    feed.push(rows(3, 10))
    feed.save()
    expect(pagesOf(feed, 'gone')).toHaveLength(1)
  })

  test('a new runner knows what is current, and what is not any more', () => {
    const feed = new Feed(planOf([LATEST]))
    for (const time of [5, 7, 9]) {
      feed.push(rows(time, time === 9 ? 100 : KEYS))
      feed.save()
      feed.restart()
    }
    expect(feed.push(rows(6))).toEqual([])
    feed.save()
    feed.restart()
    const given = feed.push(rows(8, 101))
    expect(given.map(({ _op: op, key1, txt1 }) => [op, key1, txt1])).toEqual([
      [CHANGE.before, 'key 100', 'text 7'],
      [CHANGE.after, 'key 100', 'text 8'],
    ])
  })
})

test('of the rows of a batch only the last of each key is given', () => {
  const feed = new Feed(planOf([LATEST]))
  const given = feed.push([...rows(2, 2), ...rows(3, 1), ...rows(1, 3)])
  expect(given.map(({ key1, txt1 }) => [key1, txt1])).toEqual([
    ['key 1', 'text 2'],
    ['key 0', 'text 3'],
    ['key 2', 'text 1'],
  ])
})

import type { PlanNode, Value } from '@millrace/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FedRow, Feed, type NamedRow } from '../../../test/feed.ts'
import { FLOOR, planOf } from '../../../test/plan-fixture.ts'
import { takesBack } from './change.ts'

const N = 2
const TOP: PlanNode = { id: 't', kind: 'top-n', input: 'c', per: ['key1'], order_by: [['num1', 'desc']], n: N, rank: 'place' }
const LATEST: PlanNode = { id: 'c', kind: 'latest', input: 'n1', keys: ['key1', 'big1'] }
/** Behind a union rows are known by all their columns. */
const PLANS = [
  planOf([LATEST, TOP]),
  planOf([LATEST, { id: 'u', kind: 'union', inputs: ['c', 'c'] }, { ...TOP, input: 'u' } as PlanNode]),
] as const
const COPIES = [1, 2]

interface Score {
  readonly group: string
  readonly name: number
  readonly score: number
}

/** Scores mostly fall, so that others come up. */
const scores = fc
  .array(
    fc.record({
      group: fc.constantFrom('a', 'a', 'a', 'b'),
      name: fc.integer({ min: 0, max: 39 }),
      score: fc.integer({ min: 0, max: 30 }),
    }),
    { minLength: 60, maxLength: 400 },
  )
  .map((given) => given.map((one, i): Score => ({ ...one, score: one.score - i })))

/** The first scores of each group as they stand. */
function expected(given: readonly Score[], copies: number): string[] {
  const last = new Map(given.map((one) => [`${one.group} ${one.name}`, one]))
  return ['a', 'b'].flatMap((group) =>
    [...last.values()]
      .filter((one) => one.group === group)
      .sort((x, y) => y.score - x.score || given.lastIndexOf(x) - given.lastIndexOf(y))
      .flatMap((one) => Array.from({ length: copies }, () => one))
      .slice(0, N)
      .map(({ name, score }, place) => `${group} ${name} ${score} ${place + 1}`),
  )
}

/** What is left of rows when what was taken back is taken out. */
function standing(rows: readonly NamedRow[]): string[] {
  const counts = new Map<string, number>()
  for (const { _op: op, key1, big1, num1, place } of rows) {
    const text = [key1, big1, num1, place].map(String).join(' ')
    counts.set(text, (counts.get(text) ?? 0) + (takesBack(op as number) ? -1 : 1))
  }
  return [...counts].flatMap(([text, count]) => Array.from({ length: count }, () => text))
}

function fed({ group, name, score }: Score, at: number): FedRow {
  const values: Value[] = [at, group, name, score, 'x']
  return { watermark: FLOOR, values }
}

test.each([0, 1])('gives the first rows as they stand, however rows rise and fall (%d)', (which) => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 30 }), fc.boolean(), (given, size, restarts) => {
      const feed = new Feed(PLANS[which])
      const rows: NamedRow[] = []
      for (let from = 0; from < given.length; from += size) {
        rows.push(...feed.push(given.slice(from, from + size).map((one, i) => fed(one, from + i))))
        feed.save()
        if (restarts) feed.restart()
        expect(standing(rows).sort()).toEqual(expected(given.slice(0, from + size), COPIES[which]).sort())
      }
    }),
    { numRuns: 60, verbose: true },
  )
})

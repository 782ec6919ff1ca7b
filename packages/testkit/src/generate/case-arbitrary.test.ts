import { AGGREGATES, FUNCTIONS } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CaseArbitrary } from './case-arbitrary.ts'
import { traitsOf } from './case-coverage.ts'
import { GRAPH_KINDS } from './graph-builder.ts'
import type { PlanFeatures } from './random-plan.ts'

const CASES = 1000
const GRAPH_CASES = 500
const seed = Number(process.env.MILLRACE_SEED ?? 1)

/** How many of the cases have each trait. */
function countTraits(numRuns: number, features: PlanFeatures = {}): Map<string, number> {
  const counts = new Map<string, number>()
  for (const planCase of fc.sample(new CaseArbitrary(features), { numRuns, seed })) {
    for (const trait of traitsOf(planCase)) counts.set(trait, (counts.get(trait) ?? 0) + 1)
  }
  return counts
}

describe(`coverage of ${CASES} random cases of seed ${seed}`, () => {
  const counts = countTraits(CASES)

  test.each([
    ['null', 0.01],
    ['tie', 0.01],
    ['negative', 0.01],
    ['time before 1970', 0.01],
    ['empty text', 0.01],
    ['astral character', 0.01],
    ['2^53 + 1', 0.01],
    ['limit of int64', 0.01],
    ['tiny double', 0.01],
    ['huge double', 0.01],
    ['duplicate', 0.01],
    ['disorder', 0.01],
    ['jump of a year', 0.01],
    ['several splits', 0.01],
    ['dead letter', 0.01],
    ['given stamp', 0.01],
    ['end', 0.01],
    ['several batches of 512', 0.01],
    ['text whose UTF-16 order is not its UTF-8 order', 0.01],
    ['late', 0.1],
    ['late for all', 0.1],
    ['late for some', 0.1],
    ['node filter', 0.2],
    ['node project', 0.2],
    ['window tumbling', 0.2],
    ['window hopping', 0.2],
    ['case', 0.01],
    ['cast', 0.01],
  ])('%s occurs in at least %f of the cases', (trait, share) => {
    expect((counts.get(trait) ?? 0) / CASES).toBeGreaterThanOrEqual(share)
  })

  test.each([...FUNCTIONS.keys()])('function %s occurs in at least 1 in 100 of the cases', (name) => {
    expect((counts.get(`function ${name}`) ?? 0) / CASES).toBeGreaterThanOrEqual(0.01)
  })

  test.each([...AGGREGATES.keys()])('aggregate %s occurs in at least 5 in 100 of the cases', (name) => {
    expect((counts.get(`aggregate ${name}`) ?? 0) / CASES).toBeGreaterThanOrEqual(0.05)
  })
})

describe(`coverage of ${GRAPH_CASES} random cases with joins, exchanges and windows over windows, of seed ${seed}`, () => {
  const counts = countTraits(GRAPH_CASES, { cascade: true, exchange: true, join: true })

  test.each([
    ['node join', 0.2],
    ['node exchange', 0.2],
    ['window over a window', 0.1],
    ['window over a join', 0.05],
    ['window over a join with rows', 0.02],
    ['window behind an exchange', 0.1],
    ['exchange behind a window', 0.05],
    ['exchange behind a join', 0.02],
    ['join behind an exchange', 0.05],
    ['join of windows', 0.1],
    ['join of two sources', 0.02],
    ['join of a source with itself', 0.05],
    ['join of equal times', 0.1],
    ['join by time alone', 0.02],
    ['left join', 0.05],
    ['inner join', 0.05],
    ['pairs', 0.1],
    ['rows with and without a partner', 0.05],
    ['late at join', 0.05],
    ['late at window-aggregate', 0.1],
    ['late behind an exchange', 0.05],
  ])('%s occurs in at least %f of the cases', (trait, share) => {
    expect((counts.get(trait) ?? 0) / GRAPH_CASES).toBeGreaterThanOrEqual(share)
  })
})

describe(`coverage of ${GRAPH_CASES} random graphs of all nodes, of seed ${seed}`, () => {
  const counts = countTraits(GRAPH_CASES, { graph: GRAPH_KINDS })

  const expected: readonly (readonly [trait: string, share: number])[] = [
    ...['union', 'over-aggregate', 'dedupe', 'latest', 'top-n', 'map', 'join', 'window-aggregate', 'exchange'].map(
      (kind) => [`rows of ${kind}`, 0.05] as const,
    ),
    ...['tumbling', 'hopping', 'session', 'calendar', 'all'].map((kind): [string, number] => [`window ${kind}`, 0.05]),
    ...['interval', 'as-of', 'lookup'].map((type): [string, number] => [`join ${type}`, 0.05]),
    ...['window-aggregate', 'over-aggregate', 'dedupe', 'join'].map((kind): [string, number] => [`late at ${kind}`, 0.02]),
    ['rows of sink', 0.01],
    ['map/threw', 0.02],
    ['map/wrong-shape', 0.02],
    ['late revise', 0.05],
    ['early results', 0.02],
    ['deletions', 0.03],
    ['union of stamps', 0.02],
    ['time operator over another', 0.2],
    ['node that two others read', 0.1],
    ['more than eight nodes', 0.1],
    ['three sources', 0.01],
  ]
  test.each(expected)('%s occurs in at least %f of the cases', (trait, share) => {
    expect((counts.get(trait) ?? 0) / GRAPH_CASES).toBeGreaterThanOrEqual(share)
  })
})

test('the same seed gives the same cases', () => {
  const draw = () => fc.sample(new CaseArbitrary(), { numRuns: 20, seed })
  expect(draw()).toEqual(draw())
})

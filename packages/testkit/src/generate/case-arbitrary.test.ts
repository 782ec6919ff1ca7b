import { AGGREGATES, FUNCTIONS } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CaseArbitrary } from './case-arbitrary.ts'
import { traitsOf } from './case-coverage.ts'

const CASES = 1000
const seed = Number(process.env.MILLRACE_SEED ?? 1)

/** How many of the cases have each trait. */
function countTraits(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const planCase of fc.sample(new CaseArbitrary(), { numRuns: CASES, seed })) {
    for (const trait of traitsOf(planCase)) counts.set(trait, (counts.get(trait) ?? 0) + 1)
  }
  return counts
}

describe(`coverage of ${CASES} random cases of seed ${seed}`, () => {
  const counts = countTraits()

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

test('the same seed gives the same cases', () => {
  const draw = () => fc.sample(new CaseArbitrary(), { numRuns: 20, seed })
  expect(draw()).toEqual(draw())
})

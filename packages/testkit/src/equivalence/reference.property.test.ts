import { referenceRunner, runReference } from '@millrace/reference'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TEST_FUNCTIONS } from '../case/map-functions.ts'
import { prepareCase } from '../case/plan-case.ts'
import { compareResults } from '../compare-results.ts'
import { CaseArbitrary } from '../generate/case-arbitrary.ts'
import { GRAPH_KINDS } from '../generate/graph-builder.ts'
import { describeBalances } from './balance-suite.ts'
import { seedOr } from './equivalence-suite.ts'

const seed = seedOr(1)
const RUNS = 200
const FEATURES = { all: true, cascade: true, exchange: true, join: true, graph: GRAPH_KINDS }

describeBalances({ engines: [{ runner: referenceRunner }], runs: RUNS, seed })

test(`the result is a function of the set of stamped rows, not of their order (seed ${seed})`, () => {
  fc.assert(
    fc.property(new CaseArbitrary(FEATURES), (planCase) => {
      const { plan, rows } = prepareCase(planCase)
      for (const mode of ['as_served', 'exact'] as const) {
        expect(
          compareResults(
            runReference(plan, rows, { mode, functions: TEST_FUNCTIONS }),
            runReference(plan, rows.toReversed(), { mode, functions: TEST_FUNCTIONS }),
          ),
        ).toBeUndefined()
      }
    }),
    { seed, numRuns: RUNS },
  )
})

test(`exact is what serving gives when no watermark has passed, and finds nothing late (seed ${seed})`, () => {
  fc.assert(
    fc.property(new CaseArbitrary(FEATURES), (planCase) => {
      const { plan, rows } = prepareCase(planCase)
      expect(runReference(plan, rows, { mode: 'exact', functions: TEST_FUNCTIONS }).late).toEqual([])
      const onTime = rows.map((row) => ({ ...row, watermark: Number.NEGATIVE_INFINITY }))
      expect(
        compareResults(
          runReference(plan, rows, { mode: 'exact', functions: TEST_FUNCTIONS }),
          runReference(plan, onTime, { mode: 'as_served', functions: TEST_FUNCTIONS }),
        ),
      ).toBeUndefined()
    }),
    { seed, numRuns: RUNS },
  )
})

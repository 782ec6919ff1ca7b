import { describe, expect, test } from 'vitest'
import type { PlanFeatures } from '../generate/random-plan.ts'
import { seedOr } from './equivalence-suite.ts'
import { type EngineUnderTest, findDifference } from './find-difference.ts'
import { PLANTED_BUGS } from './planted-bug.ts'

/** Longest time the search for one bug may take. */
const BUG_MS_MAX = 5 * 60_000

export interface PlantedBugOptions {
  readonly runs: number
  readonly seed: number
  /** What the cases may hold; bugs of exchanges and joins are planted where these are drawn. */
  readonly features?: PlanFeatures
}

/** Declares a vitest test per planted bug: an engine with it gives wrong answers, no errors, within the budget of random cases. */
export function describePlantedBugs(engine: EngineUnderTest, options: PlantedBugOptions): void {
  const seed = seedOr(options.seed)
  describe(`planted bugs in ${engine.runner.engine}, at most ${options.runs} cases of seed ${seed} each`, () => {
    for (const { node, name, plant } of PLANTED_BUGS) {
      const needsGraph = node === 'exchange' || node === 'join'
      if (needsGraph && options.features?.[node] !== true) continue
      const features = needsGraph ? options.features : undefined
      test(`a ${node} that ${name} is found`, { timeout: BUG_MS_MAX }, async () => {
        const spoiled = { ...engine, runner: plant(engine.runner) }
        const difference = await findDifference(spoiled, { seed, runs: options.runs, features, shrinkMs: 0 })
        expect(difference?.text).toMatch(/^(rows|late entries) differ/)
      })
    }
  })
}

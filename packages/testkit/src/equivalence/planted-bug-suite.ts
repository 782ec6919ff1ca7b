import { describe, expect, test } from 'vitest'
import { seedOr } from './equivalence-suite.ts'
import { type EngineUnderTest, findDifference } from './find-difference.ts'
import { PLANTED_BUGS } from './planted-bug.ts'

/** Longest time the search for one bug may take. */
const BUG_MS_MAX = 5 * 60_000

/** Declares a vitest test per planted bug: an engine with it is found out within the budget of random cases. */
export function describePlantedBugs(engine: EngineUnderTest, options: { readonly runs: number; readonly seed: number }): void {
  const seed = seedOr(options.seed)
  describe(`planted bugs in ${engine.runner.engine}, at most ${options.runs} cases of seed ${seed} each`, () => {
    for (const { node, name, plant } of PLANTED_BUGS) {
      test(`a ${node} that ${name} is found`, { timeout: BUG_MS_MAX }, async () => {
        const spoiled = { ...engine, runner: plant(engine.runner) }
        expect(await findDifference(spoiled, { seed, runs: options.runs, shrinkMs: 0 })).toBeDefined()
      })
    }
  })
}

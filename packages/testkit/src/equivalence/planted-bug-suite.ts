import { describe, expect, test } from 'vitest'
import type { GraphKind } from '../generate/graph-builder.ts'
import type { PlanFeatures } from '../generate/random-plan.ts'
import { seedOr } from './equivalence-suite.ts'
import { type EngineUnderTest, findDifference } from './find-difference.ts'
import type { PlantedBug } from './plant.ts'
import { PLANTED_BUGS } from './planted-bug.ts'
import { NODE_BUGS } from './planted-node-bug.ts'

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
    for (const bug of PLANTED_BUGS) {
      const features = featuresFor(bug, options.features ?? {})
      if (features === undefined) continue
      test(`${bug.kind === undefined ? '' : `${bug.kind} `}${bug.node}: an engine that ${bug.name} is found`, {
        timeout: BUG_MS_MAX,
      }, async () => {
        const { plant } = bug
        const spoiled = { ...engine, runner: plant(engine.runner) }
        const difference = await findDifference(spoiled, { seed, runs: options.runs, features, shrinkMs: 0 })
        expect(difference?.text).toMatch(/^(rows|late entries|dead letters) differ/)
      })
    }
  })
}

/** What stands around the node with the bug: enough for it to show, and little else, so that it is found soon. */
const COMPANIONS: readonly GraphKind[] = ['exchange', 'fixed', 'latest', 'dedupe']

/** What the cases must hold for the bug to show; undefined where they may not. */
function featuresFor({ node, kind, ...bug }: PlantedBug, { graph, ...features }: PlanFeatures): PlanFeatures | undefined {
  if (NODE_BUGS.some((one) => one.name === bug.name && one.node === node && one.kind === kind)) {
    const drawn = kind ?? (node === 'scan' ? 'revise' : node)
    const kinds = [drawn, ...COMPANIONS].filter((one) => graph?.includes(one as GraphKind)) as GraphKind[]
    return kinds[0] === drawn ? { graph: kinds } : undefined
  }
  if (node !== 'exchange' && node !== 'join') return {}
  return features[node] === true ? features : undefined
}

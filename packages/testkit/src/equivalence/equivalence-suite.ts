import { describe, expect, test } from 'vitest'
import { linesText } from '../case/plan-case.ts'
import type { PlanFeatures } from '../generate/random-plan.ts'
import { type Difference, type EngineUnderTest, findDifference } from './find-difference.ts'
import { writeReplay } from './replay-file.ts'

export interface EquivalenceOptions {
  readonly engines: readonly EngineUnderTest[]
  /** Random cases per engine; the environment's MILLRACE_RUNS goes before it. */
  readonly runs: number
  /** The environment's MILLRACE_SEED goes before it. */
  readonly seed: number
  readonly features?: PlanFeatures
}

/** Longest time an engine may take for all its cases, shrinking included. */
const ENGINE_MS_MAX = 15 * 60_000

/** The seed to use: MILLRACE_SEED where it is set. */
export function seedOr(seed: number): number {
  return numberOr('MILLRACE_SEED', seed)
}

/** The number that a variable of the environment gives, where it is set. */
export function numberOr(variable: string, otherwise: number): number {
  const given = process.env[variable]
  return given === undefined || given === '' ? otherwise : Number(given)
}

/** Declares a vitest test per engine: random plans over random input give what the reference gives, in both modes, for every batch size and worker count. */
export function describeEquivalence(options: EquivalenceOptions): void {
  const seed = seedOr(options.seed)
  const runs = numberOr('MILLRACE_RUNS', options.runs)
  describe(`random plans, ${runs} cases of seed ${seed}`, () => {
    for (const engine of options.engines) {
      test(`${engine.runner.engine} gives what the reference gives`, { timeout: ENGINE_MS_MAX }, async () => {
        const difference = await findDifference(engine, { seed, runs, features: options.features })
        if (difference !== undefined) expect.fail(differenceText(engine.runner.engine, { difference, seed }))
      })
    }
  })
}

/** What failed, on which smallest case, and how to see it again. */
export function differenceText(engine: string, found: { readonly difference: Difference; readonly seed: number }): string {
  const { difference, seed } = found
  return [
    `${engine} differs from the reference (case ${difference.runs} of MILLRACE_SEED=${seed}, options ${JSON.stringify(difference.options)}):`,
    difference.text,
    `plan: ${JSON.stringify(difference.planCase.plan)}`,
    linesText(difference.planCase.lines).trimEnd(),
    `replay: ${writeReplay(engine, difference)}`,
  ].join('\n')
}

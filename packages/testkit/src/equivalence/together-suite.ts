import { MillraceError, type PlanRunner } from '@millrace/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TEST_FUNCTIONS } from '../case/map-functions.ts'
import { type PlanCase, prepareCase } from '../case/plan-case.ts'
import { compareResults } from '../compare-results.ts'
import type { Gaps } from '../conformance/conformance-suite.ts'
import { traitsOfPlan } from '../conformance/plan-trait.ts'
import { expectedResult } from '../expected-result.ts'
import { CaseArbitrary } from '../generate/case-arbitrary.ts'
import type { PlanFeatures } from '../generate/random-plan.ts'
import { shrunkCases } from '../generate/shrunk-case.ts'
import { differenceText, numberOr, seedOr } from './equivalence-suite.ts'
import { type Difference, errorText } from './find-difference.ts'

export interface TogetherOptions {
  readonly runner: PlanRunner
  /** Random cases; the environment's MILLRACE_RUNS goes before it. */
  readonly runs: number
  /** The environment's MILLRACE_SEED goes before it. */
  readonly seed: number
  readonly features: PlanFeatures
  /** Each case runs as served with one of these and exact with another. */
  readonly workers: readonly [number, number]
  /** What the runner refuses, by what plans hold. */
  readonly gaps?: Gaps
  /** Longest time for all cases, and for making the first that fails smaller, ms. */
  readonly timeoutMs: number
  readonly shrinkMs: number
}

/** A case and how it is run. */
type Asked = Omit<Difference, 'text'>

/** Smaller cases that are asked for at the same time. */
const CANDIDATES = 40
/** Failing cases of which the text tells everything. */
const TOLD_MAX = 5

/**
 * Declares a vitest test for a runner that runs many cases at once: random plans over random input give what the reference gives, in both
 * modes. A case whose plan holds a gap must be refused, and no other may be.
 */
export function describeTogether(options: TogetherOptions): void {
  const seed = seedOr(options.seed)
  const runs = numberOr('MILLRACE_RUNS', options.runs)
  const { runner, timeoutMs } = options
  test(`${runner.engine} gives what the reference gives on ${runs} random plans of seed ${seed}`, { timeout: timeoutMs }, async () => {
    const cases = fc.sample(new CaseArbitrary(options.features), { seed, numRuns: runs })
    const failed = await failedOf(cases, options)
    if (failed.length === 0) return
    const least = await shrunk(failed[0], options)
    const told = [least, ...failed.slice(1, TOLD_MAX)].map((difference) => differenceText(runner.engine, { difference, seed }))
    expect.fail(`${failed.length} of ${2 * runs} answers differ.\n${told.join('\n\n')}`)
  })
}

function failedOf(cases: readonly PlanCase[], options: TogetherOptions): Promise<readonly Difference[]> {
  const asked = cases.flatMap((planCase, i): readonly Asked[] => {
    const [one, other] = i % 2 === 0 ? options.workers : options.workers.toReversed()
    return [
      { planCase, runs: i + 1, options: { mode: 'as_served', workers: one } },
      { planCase, runs: i + 1, options: { mode: 'exact', workers: other } },
    ]
  })
  return differencesOf(asked, options)
}

/** Those that differ, asked for all at once. */
async function differencesOf(asked: readonly Asked[], { runner, gaps = {} }: TogetherOptions): Promise<readonly Difference[]> {
  const texts = await Promise.all(asked.map((one) => textOf(runner, one, gaps)))
  return asked.flatMap((one, i) => {
    const text = texts[i]
    return text === undefined ? [] : [{ ...one, text }]
  })
}

async function textOf(runner: PlanRunner, { planCase, options }: Asked, gaps: Gaps): Promise<string | undefined> {
  const { plan, rows } = prepareCase(planCase)
  const gap = [...traitsOfPlan(plan.plan)].find((trait) => gaps[trait] !== undefined)
  const asked = { ...options, functions: TEST_FUNCTIONS }
  try {
    const actual = await runner.run(plan, rows, asked)
    if (gap !== undefined) return `A plan with ${gap} has an answer: take it off the list of gaps.`
    return compareResults(expectedResult(plan, rows, asked), actual)
  } catch (error) {
    if (gap !== undefined && error instanceof MillraceError && error.code === 'engine/unsupported') return undefined
    return errorText(error)
  }
}

/** A smaller case that fails too, of many that are asked for at once, and so on until none does or the time is over. */
async function shrunk(failed: Difference, options: TogetherOptions): Promise<Difference> {
  const deadline = Date.now() + options.shrinkMs
  let least = failed
  let open = shrunkCases(failed.planCase)
  while (Date.now() < deadline) {
    const candidates = next(open, CANDIDATES)
    if (candidates.length === 0) return least
    const [smaller] = await differencesOf(
      candidates.map((planCase) => ({ ...failed, planCase })),
      options,
    )
    if (smaller === undefined) continue
    least = smaller
    open = shrunkCases(smaller.planCase)
  }
  return least
}

/** The next items; `take` would end what it takes from. */
function next<T>(items: Iterator<T>, count: number): readonly T[] {
  return Array.from({ length: count }, () => items.next()).flatMap(({ done, value }) => (done === true ? [] : [value]))
}

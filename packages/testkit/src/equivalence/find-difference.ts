import type { PlanRunner, PlanRunOptions } from '@millrace/core'
import fc from 'fast-check'
import { TEST_FUNCTIONS } from '../case/map-functions.ts'
import { type PlanCase, prepareCase } from '../case/plan-case.ts'
import { compareResults } from '../compare-results.ts'
import { expectedResult } from '../expected-result.ts'
import { CaseArbitrary } from '../generate/case-arbitrary.ts'
import type { PlanFeatures } from '../generate/random-plan.ts'

/** An engine with the settings under which it must give the reference's answers. */
export interface EngineUnderTest {
  readonly runner: PlanRunner
  /** 1, 7 and 512 by default. */
  readonly batchRows?: readonly number[]
  /** 1 and 4 by default. */
  readonly workers?: readonly number[]
}

export interface SearchOptions {
  readonly seed: number
  /** Random cases to try. */
  readonly runs: number
  readonly features?: PlanFeatures
  /** How long to go on making a failing case smaller, ms; 0 leaves it as it was found. */
  readonly shrinkMs?: number
}

/** A case on which an engine and the reference part ways. */
export interface Difference {
  readonly planCase: PlanCase
  readonly options: PlanRunOptions
  /** What differs, or the engine's error. */
  readonly text: string
  /** Cases tried up to the first that failed. */
  readonly runs: number
}

const MODES: readonly PlanRunOptions['mode'][] = ['as_served', 'exact']
const BATCH_ROWS: readonly number[] = [1, 7, 512]
const WORKERS: readonly number[] = [1, 4]
const SHRINK_MS = 20_000

/** Runs random cases on the engine and on the reference, in both modes and under all settings; the first difference, made small. */
export async function findDifference(engine: EngineUnderTest, options: SearchOptions): Promise<Difference | undefined> {
  const shrinkMs = options.shrinkMs ?? SHRINK_MS
  let deadline = Number.POSITIVE_INFINITY
  let last: Pick<Difference, 'options' | 'text'> | undefined
  const property = fc.asyncProperty(new CaseArbitrary(options.features), async (planCase) => {
    if (Date.now() > deadline) return true
    const found = await differenceOn(engine, planCase)
    if (found === undefined) return true
    last = found
    deadline = Math.min(deadline, Date.now() + shrinkMs)
    return false
  })
  const details = await fc.check(property, { seed: options.seed, numRuns: options.runs, endOnFailure: shrinkMs === 0 })
  if (!details.failed || details.counterexample === null) return undefined
  const [planCase] = details.counterexample
  const found = await differenceOn(engine, planCase)
  return {
    planCase,
    runs: details.numRuns,
    options: (found ?? last)?.options ?? { mode: 'as_served' },
    text: found?.text ?? `The engine agrees when it is asked again: it does not depend on its input alone. Before, it said: ${last?.text}`,
  }
}

/** The first setting under which the engine's answer to a case differs from the reference's. */
export async function differenceOn(engine: EngineUnderTest, planCase: PlanCase): Promise<Pick<Difference, 'options' | 'text'> | undefined> {
  const { plan, rows } = prepareCase(planCase)
  for (const mode of MODES) {
    const expected = expectedResult(plan, rows, { mode, functions: TEST_FUNCTIONS })
    for (const batchRows of engine.batchRows ?? BATCH_ROWS) {
      for (const workers of engine.workers ?? WORKERS) {
        const options = { mode, batchRows, workers }
        const text = await engine.runner
          .run(plan, rows, { ...options, functions: TEST_FUNCTIONS })
          .then((actual) => compareResults(expected, actual), errorText)
        if (text !== undefined) return { options, text }
      }
    }
  }
  return undefined
}

/** An error as the text of a difference. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}` : String(error)
}

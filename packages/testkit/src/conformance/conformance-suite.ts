import { checkPlan, type PlanResult, type PlanRunner, type Value } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { valueFromJson } from '../case/decode-row.ts'
import { TEST_FUNCTIONS } from '../case/map-functions.ts'
import { prepareCase } from '../case/plan-case.ts'
import { compareResults } from '../compare-results.ts'
import { AGGREGATE_SCENARIOS } from './aggregate-scenarios.ts'
import { AS_OF_JOIN_SCENARIOS } from './as-of-join-scenarios.ts'
import { CALENDAR_SCENARIOS } from './calendar-scenarios.ts'
import { CHAIN_SCENARIOS } from './chain-scenarios.ts'
import { DEDUPE_SCENARIOS } from './dedupe-scenarios.ts'
import { EARLY_SCENARIOS } from './early-scenarios.ts'
import { EXCHANGE_SCENARIOS } from './exchange-scenarios.ts'
import { EXPRESSION_SCENARIOS } from './expression-scenarios.ts'
import { FILTER_SCENARIOS } from './filter-scenarios.ts'
import { FUNCTION_SCENARIOS } from './function-scenarios.ts'
import { GRAPH_SCENARIOS } from './graph-scenarios.ts'
import { HAZARD_JOIN_SCENARIOS } from './hazard-join-scenarios.ts'
import { HAZARD_ROW_SCENARIOS } from './hazard-row-scenarios.ts'
import { HAZARD_WINDOW_SCENARIOS } from './hazard-window-scenarios.ts'
import { HOPPING_SCENARIOS } from './hopping-scenarios.ts'
import { JOIN_SCENARIOS } from './join-scenarios.ts'
import { LATEST_SCENARIOS } from './latest-scenarios.ts'
import { LOOKUP_JOIN_SCENARIOS } from './lookup-join-scenarios.ts'
import { MAP_SCENARIOS } from './map-scenarios.ts'
import { OVER_SCENARIOS } from './over-scenarios.ts'
import { traitsOfPlan } from './plan-trait.ts'
import { PROJECT_SCENARIOS } from './project-scenarios.ts'
import type { Scenario } from './scenario.ts'
import { SESSION_SCENARIOS } from './session-scenarios.ts'
import { TOP_N_SCENARIOS } from './top-n-scenarios.ts'
import { TUMBLING_SCENARIOS } from './tumbling-scenarios.ts'
import { UNION_SCENARIOS } from './union-scenarios.ts'
import { UNWINDOWED_SCENARIOS } from './unwindowed-scenarios.ts'

/** Scenarios by what they are about. */
export const CONFORMANCE_SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  filter: FILTER_SCENARIOS,
  project: PROJECT_SCENARIOS,
  expressions: EXPRESSION_SCENARIOS,
  functions: FUNCTION_SCENARIOS,
  aggregates: AGGREGATE_SCENARIOS,
  'window-aggregate, tumbling': TUMBLING_SCENARIOS,
  'window-aggregate, hopping': HOPPING_SCENARIOS,
  'early results': EARLY_SCENARIOS,
  'without a window': UNWINDOWED_SCENARIOS,
  exchange: EXCHANGE_SCENARIOS,
  'join, interval': JOIN_SCENARIOS,
  'join, as-of': AS_OF_JOIN_SCENARIOS,
  'join, lookup': LOOKUP_JOIN_SCENARIOS,
  'window-aggregate, session': SESSION_SCENARIOS,
  'window-aggregate, calendar': CALENDAR_SCENARIOS,
  'over-aggregate': OVER_SCENARIOS,
  dedupe: DEDUPE_SCENARIOS,
  latest: LATEST_SCENARIOS,
  union: UNION_SCENARIOS,
  'top-n': TOP_N_SCENARIOS,
  map: MAP_SCENARIOS,
  chains: CHAIN_SCENARIOS,
  hazards: [...HAZARD_ROW_SCENARIOS, ...HAZARD_WINDOW_SCENARIOS, ...HAZARD_JOIN_SCENARIOS],
  'joins of windows': GRAPH_SCENARIOS.views,
  'windows over joins': GRAPH_SCENARIOS.overJoins,
  'windows over windows': GRAPH_SCENARIOS.cascades,
}

/** What an engine fails, with the reason: scenarios by name, or all whose plan holds what a trait such as `node dedupe` or `window session` names. */
export type Gaps = Readonly<Record<string, string>>

/** Batches and workers under which each scenario runs: none may show in the result. */
const SETTINGS: readonly { readonly batchRows: number; readonly workers: number }[] = [
  { batchRows: 1, workers: 4 },
  { batchRows: 512, workers: 1 },
]

/** The result that the scenario asks for. */
export function scenarioResult(scenario: Scenario): PlanResult {
  const columns = checkPlan(scenario.plan).output.fields
  const rows = scenario.rows.map((row) => columns.map(({ name, type }) => expectedValue(row[name], type)))
  const dead = (scenario.dead ?? []).map((row) => ({ ...row, message: '', record: '' }))
  return { columns, rows, late: scenario.late, dead }
}

/** A window may begin before the year 1 and end after 9999, which no input may. */
function expectedValue(json: unknown, type: string): Value {
  return type === 'timestamp' && typeof json === 'number' ? json : (valueFromJson(json, type) as Value)
}

/** How the engine's answers differ from the scenario, or undefined. An engine's error is a difference. */
export async function scenarioDifference(runner: PlanRunner, scenario: Scenario, asked = SETTINGS): Promise<string | undefined> {
  const { plan, rows } = prepareCase(scenario)
  for (const settings of asked) {
    try {
      const difference = compareResults(
        scenarioResult(scenario),
        await runner.run(plan, rows, { mode: scenario.mode, functions: TEST_FUNCTIONS, ...settings }),
      )
      if (difference !== undefined) return `batches of ${settings.batchRows}, ${settings.workers} workers: ${difference}`
    } catch (error) {
      return `batches of ${settings.batchRows}, ${settings.workers} workers: ${String(error)}`
    }
  }
  return undefined
}

export interface ConformanceOptions {
  /** All scenarios are asked for at once: for a runner that runs many together. */
  readonly concurrent?: boolean
  /** Longest time for a scenario, waiting included. */
  readonly timeoutMs?: number
  /** Only every so manieth scenario, each with one of the settings: for a runner that takes seconds; `seed` says which. */
  readonly sample?: { readonly every: number; readonly seed: number }
}

/** Declares a vitest test per scenario. A listed gap must fail: one that passes is red, and so is one that names no scenario. */
export function describeConformance(
  runner: PlanRunner,
  gaps: Gaps = {},
  { concurrent = false, timeoutMs, sample = { every: 1, seed: 0 } }: ConformanceOptions = {},
): void {
  let place = sample.seed
  describe(`conformance of ${runner.engine}`, { concurrent, timeout: timeoutMs }, () => {
    for (const [about, scenarios] of Object.entries(CONFORMANCE_SCENARIOS)) {
      const sampled = scenarios.map((scenario) => ({ scenario, at: place++ })).filter(({ at }) => at % sample.every === 0)
      if (sampled.length === 0) continue
      describe(about, () => {
        for (const { scenario, at } of sampled) {
          const settings = sample.every === 1 ? SETTINGS : [SETTINGS[Math.floor(at / sample.every) % SETTINGS.length]]
          const gap = gapOf(scenario, gaps)
          if (gap === undefined)
            test(scenario.name, async () => expect(await scenarioDifference(runner, scenario, settings)).toBeUndefined())
          else
            test(`gap: ${scenario.name} (${gap})`, async () =>
              expect(await scenarioDifference(runner, scenario, settings), 'a listed gap passes: take it off the list').toBeDefined())
        }
      })
    }
    test('every gap names a scenario, or what the plan of one holds', () => {
      const known = new Set(
        Object.values(CONFORMANCE_SCENARIOS)
          .flat()
          .flatMap((scenario) => [scenario.name, ...traitsOfPlan(scenario.plan)]),
      )
      expect(Object.keys(gaps).filter((name) => !known.has(name))).toEqual([])
    })
  })
}

function gapOf({ name, plan }: Scenario, gaps: Gaps): string | undefined {
  const trait = [...traitsOfPlan(plan)].find((one) => gaps[one] !== undefined)
  return gaps[name] ?? (trait === undefined ? undefined : gaps[trait])
}

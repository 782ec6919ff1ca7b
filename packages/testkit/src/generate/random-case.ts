import type { Plan } from '@millrace/core'
import type { PlanCase } from '../case/plan-case.ts'
import type { Random } from './random.ts'
import { randomDelay, randomLines } from './random-input.ts'
import { type PlanFeatures, randomPlan, randomSource } from './random-plan.ts'

/** A plan that the checker accepts, with lines for its sources. The same draws give the same case. */
export function randomCase(random: Random, features: PlanFeatures = {}): PlanCase {
  const names = random.chance(features.join === true ? 0.3 : 0.15) ? ['events', 'others'] : ['events']
  const drawn = randomPlan(
    random,
    names.map((name) => randomSource(random, name)),
    features,
  )
  const sources = drawn.sources.map((source) => ({ ...source, watermark_delay_ms: randomDelay(random, drawn) }))
  const plan = withoutUndefined({ ...drawn, sources })
  return { plan, lines: randomLines(random, plan) }
}

function withoutUndefined(plan: Plan): Plan {
  return JSON.parse(JSON.stringify(plan)) as Plan
}

import type { Plan, PlanSource } from '@millrace/core'
import type { PlanCase } from '../case/plan-case.ts'
import type { Random } from './random.ts'
import { randomDelay, randomLines } from './random-input.ts'
import { type PlanFeatures, randomPlan, randomSource } from './random-plan.ts'

/** A plan that the checker accepts, with lines for its sources. The same draws give the same case. */
export function randomCase(random: Random, features: PlanFeatures = {}): PlanCase {
  const drawn = randomPlan(
    random,
    features.graph === undefined ? fewSources(random, features) : likeSources(random, features.graph.includes('revise')),
    features,
  )
  const sources = drawn.sources.map((source) => ({ ...source, watermark_delay_ms: randomDelay(random, drawn) }))
  const plan = withoutUndefined({ ...drawn, sources })
  return { plan, lines: randomLines(random, plan) }
}

function fewSources(random: Random, features: PlanFeatures): readonly PlanSource[] {
  const names = random.chance(features.join === true ? 0.3 : 0.15) ? ['events', 'others'] : ['events']
  return names.map((name) => randomSource(random, name))
}

/** Up to three sources, most of them of the same types, so that they join and unite; some whose results are corrected. */
function likeSources(random: Random, withRevise: boolean): readonly PlanSource[] {
  const first = randomSource(random, 'events')
  const types = first.fields.slice(1).map((field) => field.type)
  const others = ['others', 'thirds'].slice(0, random.pick([0, 1, 2, 2]))
  const all = [first, ...others.map((name) => randomSource(random, name, random.chance(0.7) ? types : undefined))]
  return all.map((source) =>
    withRevise && random.chance(0.08) ? { ...source, late: { revise: random.pick(['0ms', '5ms', '2s', '1h', '1d']) } } : source,
  )
}

function withoutUndefined(plan: Plan): Plan {
  return JSON.parse(JSON.stringify(plan)) as Plan
}

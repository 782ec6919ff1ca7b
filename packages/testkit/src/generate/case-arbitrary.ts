import fc from 'fast-check'
import type { PlanCase } from '../case/plan-case.ts'
import { Random } from './random.ts'
import { randomCase } from './random-case.ts'
import type { PlanFeatures } from './random-plan.ts'
import { shrunkCases } from './shrunk-case.ts'

/** Random cases for fast-check's properties: its seed replays them, and what fails is made smaller line by line and node by node. */
export class CaseArbitrary extends fc.Arbitrary<PlanCase> {
  readonly #features: PlanFeatures

  constructor(features: PlanFeatures = {}) {
    super()
    this.#features = features
  }

  override generate(generator: fc.Random): fc.Value<PlanCase> {
    return new fc.Value(randomCase(new Random(generator), this.#features), undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is PlanCase {
    return typeof value === 'object' && value !== null && 'plan' in value && 'lines' in value
  }

  override shrink(value: PlanCase): fc.Stream<fc.Value<PlanCase>> {
    return fc.stream(shrunkCases(value)).map((smaller) => new fc.Value(smaller, undefined))
  }
}

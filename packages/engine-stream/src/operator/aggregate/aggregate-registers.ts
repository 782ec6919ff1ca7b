import type { AggregatePlan } from '../physical-plan.ts'

/** Registers that an aggregate reads of a row. */
export function aggregateRegisters({ argument, where }: AggregatePlan): number[] {
  return [argument, where].filter((register) => register !== null)
}

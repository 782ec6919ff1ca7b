import type { AggregatePlan } from '../physical-plan.ts'

/** Registers that an aggregate reads of a row. */
export function aggregateRegisters({ argument, where, order }: AggregatePlan): number[] {
  return [argument, where, ...(order ?? []).map(({ register }) => register)].filter((register) => register !== null)
}

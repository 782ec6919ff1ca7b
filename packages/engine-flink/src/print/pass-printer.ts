import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'

/** Where a row lies, and where it goes in the end, does not matter to a statement: an exchange and a sink pass their rows on. */
export function printPass(step: Step): string {
  return `SELECT *\nFROM ${identifier(step.inputs[0].name)}`
}

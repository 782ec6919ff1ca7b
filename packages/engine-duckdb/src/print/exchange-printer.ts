import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'

/** Where a row lies does not matter to DuckDB: an exchange passes its rows on. */
export function printExchange(step: Step): string {
  return `SELECT *\nFROM ${identifier(step.inputs[0].name)}`
}

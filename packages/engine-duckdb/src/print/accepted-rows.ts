import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { indent } from './select-text.ts'

/** The condition under which a row that may have a stamp is late for every time operator but fixed and calendar windows. */
export const LATE = '"_event_time" < "_watermark"'

/** Whether rows that are late are to be left out. */
export function judgesRows(input: Step, { mode }: PrintOptions): boolean {
  return input.stamps !== 'none' && mode === 'as_served'
}

/** A clause that leaves late rows out, where there may be any. */
export function onTime(input: Step, options: PrintOptions): readonly string[] {
  if (!judgesRows(input, options)) return []
  return [input.stamps === 'all' ? 'WHERE "_event_time" >= "_watermark"' : `WHERE (${LATE}) IS NOT TRUE`]
}

/** The rows of an input that an operator takes, as a table expression. */
export function acceptedRows(input: Step, options: PrintOptions): string {
  const name = identifier(input.name)
  const clauses = onTime(input, options)
  return clauses.length === 0 ? name : `(\n${indent(`SELECT *\nFROM ${name}\n${clauses[0]}`)}\n)`
}

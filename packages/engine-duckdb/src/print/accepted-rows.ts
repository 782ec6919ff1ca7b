import type { Step } from '@millrace/core'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { indent } from './select-text.ts'

/** The condition under which a row that may have a stamp is late for every time operator but fixed and calendar windows. */
export const LATE = '"_event_time" < "_watermark"'

/** Whether rows that are late are to be left out. */
export function judgesRows(input: Step, { mode }: PrintOptions): boolean {
  return input.stamps !== 'none' && mode === 'as_served'
}

/** A clause that leaves late rows out, where there may be any, and rows with a null among the given columns. */
export function onTime(input: Step, options: PrintOptions, known: readonly string[] = []): readonly string[] {
  const late = input.stamps === 'all' ? '"_event_time" >= "_watermark"' : `(${LATE}) IS NOT TRUE`
  return whereText([...(judgesRows(input, options) ? [late] : []), ...notNull(input, known)])
}

/** The rows of an input that an operator takes, as a table expression. */
export function acceptedRows(input: Step, options: PrintOptions): string {
  const name = identifier(input.name)
  const clauses = onTime(input, options)
  return clauses.length === 0 ? name : `(\n${indent(`SELECT *\nFROM ${name}\n${clauses[0]}`)}\n)`
}

/** Conditions that leave nulls out of columns that may hold them. */
export function notNull({ checked }: Step, names: readonly string[]): readonly string[] {
  return checked.fields
    .filter(({ name, nullable }) => nullable && names.includes(name))
    .map(({ name }) => `${identifier(name)} IS NOT NULL`)
}

export function whereText(conditions: readonly string[]): readonly string[] {
  return conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]
}

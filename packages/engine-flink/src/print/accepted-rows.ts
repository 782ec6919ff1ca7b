import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { nested, selectText, whereText } from './select-text.ts'
import { TIME, WATERMARK } from './system-column.ts'

/** The condition under which a row that may have a stamp is late for every time operator but fixed and calendar windows. */
export const LATE = `${TIME} < ${WATERMARK}`

/** Whether rows that are late are to be left out. */
export function judgesRows(input: Step, { mode }: PrintOptions): boolean {
  return input.stamps !== 'none' && mode === 'as_served'
}

/** A clause that leaves late rows out, where there may be any, and rows with a null among the given columns. */
export function onTime(input: Step, options: PrintOptions, known: readonly string[] = []): readonly string[] {
  const late = input.stamps === 'all' ? `${TIME} >= ${WATERMARK}` : `(${LATE}) IS NOT TRUE`
  return whereText([...(judgesRows(input, options) ? [late] : []), ...known.map((name) => `${identifier(name)} IS NOT NULL`)])
}

/** The rows of an input that an operator takes, as a table expression. */
export function acceptedRows(input: Step, options: PrintOptions, added: readonly string[] = []): string {
  const clauses = onTime(input, options)
  if (clauses.length === 0 && added.length === 0) return identifier(input.name)
  return nested(selectText(['*', ...added], [`FROM ${identifier(input.name)}`, ...clauses]))
}

import type { Step } from '../lower/lower-plan.ts'
import { identifier } from './identifier.ts'
import { systemColumns } from './system-column.ts'

export const LEFT = identifier('l')
export const RIGHT = identifier('r')

/** Columns of a join whose rows are left's, each with a right row or with nulls. */
export function joinedColumns(step: Step): readonly string[] {
  const [left, right] = step.inputs
  const ofLeft = [...systemColumns(step), ...left.checked.fields.map((field) => field.name)].map((name) => `${LEFT}.${identifier(name)}`)
  return [...ofLeft, ...right.checked.fields.map(({ name }) => `${RIGHT}.${identifier(name)}`)]
}

/** The conditions under which key columns meet. */
export function keysMeet(on: readonly (readonly [string, string])[]): readonly string[] {
  return on.map(([a, b]) => `${LEFT}.${identifier(a)} = ${RIGHT}.${identifier(b)}`)
}

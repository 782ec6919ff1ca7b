import type { Step } from '@millrace/core'
import { identifier } from './identifier.ts'
import { aliased } from './select-text.ts'
import { systemColumns } from './system-column.ts'

export const LEFT = identifier('l')
export const RIGHT = identifier('r')

/** Columns of a join whose rows are left's, each with a right row or with nulls: those of right under a condition, where there is one. */
export function joinedColumns(step: Step, condition?: string): readonly string[] {
  const [left, right] = step.inputs
  const ofLeft = [...systemColumns(step), ...left.checked.fields.map((field) => field.name)].map((name) => `${LEFT}.${identifier(name)}`)
  const ofRight = right.checked.fields.map(({ name }) => {
    const column = `${RIGHT}.${identifier(name)}`
    return condition === undefined ? column : aliased(`CASE WHEN ${condition} THEN ${column} END`, name)
  })
  return [...ofLeft, ...ofRight]
}

import type { FilterNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { fromRows, scopeOf } from './printed.ts'
import { selectText } from './select-text.ts'
import { ownColumns } from './system-column.ts'

export function printFilter(node: FilterNode, step: Step): string {
  const [input] = step.inputs
  const scope = scopeOf(input.checked.fields)
  const condition = printExpression(node.where, scope).sql
  return selectText(ownColumns(step), [fromRows(scope, identifier(input.name)), `WHERE ${condition}`])
}

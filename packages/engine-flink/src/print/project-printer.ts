import type { ProjectNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { fromRows, scopeOf } from './printed.ts'
import { aliased, atLeastOne, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'
import { msOf } from './time-range.ts'

export function printProject(node: ProjectNode, step: Step): string {
  const [input] = step.inputs
  const scope = scopeOf(input.checked.fields)
  const columns = node.columns.map((column) => aliased(printExpression(column.expr, scope).sql, column.name))
  const marked = node.columns.find((column) => column.event_time === true)
  const kept = systemColumns(step).map((name) =>
    name === '_time_ms' && marked !== undefined ? aliased(msOf(scope, printExpression(marked.expr, scope)), name) : identifier(name),
  )
  return selectText(atLeastOne([...kept, ...columns]), [fromRows(scope, identifier(input.name))])
}

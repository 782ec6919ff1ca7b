import type { ProjectNode, Step } from '@millrace/core'
import { printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { aliased, atLeastOne, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'

export function printProject(node: ProjectNode, step: Step): string {
  const [input] = step.inputs
  const print = (column: ProjectNode['columns'][number]): string => printExpression(column.expr, input.checked.fields).sql
  const marked = node.columns.find((column) => column.event_time === true)
  const kept = systemColumns(step).map((name) =>
    name === '_event_time' && marked !== undefined ? aliased(print(marked), name) : identifier(name),
  )
  const columns = node.columns.map((column) => aliased(print(column), column.name))
  return selectText(atLeastOne([...kept, ...columns]), [`FROM ${identifier(input.name)}`])
}

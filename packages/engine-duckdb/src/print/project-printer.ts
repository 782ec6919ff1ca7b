import type { ProjectNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { aliased, selectText } from './select-text.ts'

export function printProject(node: ProjectNode, step: Step): string {
  const [input] = step.inputs
  const print = (column: ProjectNode['columns'][number]): string => printExpression(column.expr, input.checked.fields).sql
  const marked = node.columns.find((column) => column.event_time === true)
  const stamps = step.stamped ? ['_arrival', '_watermark'].map(identifier) : []
  const time = step.timed ? [aliased(marked === undefined ? identifier('_event_time') : print(marked), '_event_time')] : []
  const columns = node.columns.map((column) => aliased(print(column), column.name))
  return selectText([...stamps, ...time, ...columns], [`FROM ${identifier(input.name)}`])
}

import type { FilterNode, Step } from '@millrace/core'
import { printCondition } from './expression-printer.ts'
import { identifier } from './identifier.ts'

export function printFilter(node: FilterNode, step: Step): string {
  const [input] = step.inputs
  return `SELECT *\nFROM ${identifier(input.name)}\nWHERE ${printCondition(node.where, input.checked.fields)}`
}

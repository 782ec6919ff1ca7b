import type { Field } from '@millrace/columnar'
import type { TableField } from '@millrace/core'
import type { SchemaStep } from './schema-step.ts'

/**
 * Steps that bring a table's columns to those asked for: new ones are added, types widened, nulls allowed, the order followed. Undefined where
 * that would take a column away.
 */
export function stepsTo(has: readonly TableField[], asked: readonly Field[]): readonly SchemaStep[] | undefined {
  const known = new Map(has.map((field) => [field.name, field]))
  if (has.some(({ name }) => !asked.some((field) => field.name === name))) return undefined
  const steps: SchemaStep[] = []
  let order = has.map(({ name }) => name)
  for (const [place, field] of asked.entries()) {
    const after = place === 0 ? null : asked[place - 1].name
    const found = known.get(field.name)
    if (found === undefined) steps.push({ kind: 'add', field, after })
    else if (order[place] !== field.name) steps.push({ kind: 'move', column: field.name, after })
    order = order.filter((name) => name !== field.name).toSpliced(place, 0, field.name)
    if (found !== undefined && found.type !== field.type) steps.push({ kind: 'widen', column: field.name, to: field.type })
    if (found !== undefined && field.nullable && !found.nullable) steps.push({ kind: 'relax', column: field.name })
  }
  return steps
}

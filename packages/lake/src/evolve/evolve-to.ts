import type { Field } from '@millrace/columnar'
import { parseType, type TableField, typeText } from '@millrace/core'
import type { SchemaStep } from './schema-step.ts'

/**
 * Steps that bring a table's columns to those asked for: new ones are added, types widened, nulls allowed, the order followed, also within structs.
 * Undefined where that would take a column or a field away.
 */
export function stepsTo(has: readonly TableField[], asked: readonly Field[]): readonly SchemaStep[] | undefined {
  return stepsWithin('', has, asked)
}

/** As `stepsTo`, of the fields under a path. */
function stepsWithin(path: string, has: readonly Field[], asked: readonly Field[]): readonly SchemaStep[] | undefined {
  const known = new Map(has.map((field) => [field.name, field]))
  if (has.some(({ name }) => !asked.some((field) => field.name === name))) return undefined
  const steps: SchemaStep[] = []
  let order = has.map(({ name }) => name)
  for (const [place, field] of asked.entries()) {
    const after = place === 0 ? null : asked[place - 1].name
    const column = path + field.name
    const found = known.get(field.name)
    if (found === undefined) steps.push({ kind: 'add', field: { ...field, name: column }, after })
    else if (order[place] !== field.name) steps.push({ kind: 'move', column, after })
    order = order.filter((name) => name !== field.name).toSpliced(place, 0, field.name)
    const inner = found === undefined ? [] : typeSteps(column, found.type, field.type)
    if (inner === undefined) return undefined
    steps.push(...inner)
    if (found !== undefined && field.nullable && !found.nullable) steps.push({ kind: 'relax', column })
  }
  return steps
}

/** Steps that bring the type at a path to another one. */
function typeSteps(column: string, has: string, asked: string): readonly SchemaStep[] | undefined {
  if (has === asked) return []
  const [from, to] = [parseType(has), parseType(asked)]
  if (from?.kind === 'list' && to?.kind === 'list') return typeSteps(`${column}.element`, typeText(from.element), typeText(to.element))
  if (from?.kind === 'struct' && to?.kind === 'struct') {
    const fieldsOf = ({ fields }: typeof from) => fields.map(({ name, type }) => ({ name, type: typeText(type), nullable: true }))
    return stepsWithin(`${column}.`, fieldsOf(from), fieldsOf(to))
  }
  return [{ kind: 'widen', column, to: asked }]
}

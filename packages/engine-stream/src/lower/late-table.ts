import type { Field } from '@millrace/columnar'
import type { LateTablePlan, OperatorPlan } from '../operator/physical-plan.ts'
import { SOURCE_FIELD } from './system-field.ts'

const VERDICT_FIELDS: readonly Field[] = [
  { name: '_late', type: 'string', nullable: false },
  { name: '_windows_missed', type: 'int32', nullable: false },
  { name: '_node', type: 'string', nullable: false },
]

/** One table for the late rows of all operators: equal names and types share a column, a name with another type takes its node's name on. */
export function lateTable(
  operators: readonly OperatorPlan[],
  options: { readonly nodes: readonly (readonly string[])[]; readonly severalSources: boolean },
): LateTablePlan | null {
  const kept = operators.flatMap((operator, place) =>
    operator.inputs.flatMap(({ late }, input) =>
      late?.keep === true ? options.nodes[place].map((node) => ({ operator: place, node, input, late, source: late.source })) : [],
    ),
  )
  if (kept.length === 0) return null
  const columns = new Map<string, Field>()
  const inputs = kept.map(({ operator, node, input, late, source }) => {
    const names = late.fields.map((field) => {
      if (field.name === SOURCE_FIELD.name) return field.name
      const taken = columns.get(field.name)
      const name = taken === undefined || taken.type === field.type ? field.name : `${field.name}_${node}`
      columns.set(name, { ...field, name, nullable: field.nullable || columns.get(name)?.nullable === true })
      return name
    })
    return { operator, node, input, source, names }
  })
  const everywhere = (name: string): boolean => inputs.every(({ names }) => names.includes(name))
  const fields = [...columns.values()].map((field) => (everywhere(field.name) ? field : { ...field, nullable: true }))
  return { fields: [...fields, ...VERDICT_FIELDS, ...(options.severalSources ? [SOURCE_FIELD] : [])], inputs }
}

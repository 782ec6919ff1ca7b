import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import type { CheckedNode, Tie } from './checked-plan.ts'
import type { UnionNode } from './node/union-node.ts'

/** Most rows' positions that unions within each other may tell apart. */
const POSITIONS_MAX = 2 ** 31

/** All rows, each with what it had; of what the inputs differ in, nothing is known. */
export function checkUnion(node: UnionNode, inputs: readonly CheckedNode[]): CheckedNode {
  const [first] = inputs
  const origins = [...new Set(inputs.flatMap((input) => input.origins))]
  const same = <T>(of: (input: CheckedNode) => T): T | undefined =>
    inputs.every((input) => JSON.stringify(of(input)) === JSON.stringify(of(first))) ? of(first) : undefined
  return {
    node,
    inputs: node.inputs,
    fields: unitedFields(node, inputs),
    stamped: origins.length > 0,
    origins,
    source: inputs.every((input) => input.source !== undefined && input.source === first.source) ? first.source : undefined,
    tie: unitedTie(node, inputs),
    eventTime: same((input) => input.eventTime),
    partitionedBy: same((input) => input.partitionedBy),
    partitions: inputs.find((input) => typeof input.partitions === 'number')?.partitions ?? first.partitions,
    upsert: inputs.some((input) => input.upsert),
    upsertKeys: undefined,
    window: same((input) => input.window),
  }
}

function unitedTie(node: UnionNode, inputs: readonly CheckedNode[]): Tie {
  const arrivals = new Set(inputs.map((input) => input.tie.arrival))
  const positions = inputs.length * Math.max(...inputs.map((input) => input.tie.positions))
  if (positions > POSITIONS_MAX) {
    throw userError('plan/too-large', `Union \`${node.id}\` and the unions before it have more than ${POSITIONS_MAX} inputs by inputs.`, {
      asked: positions,
      found: POSITIONS_MAX,
      do: 'Give one union all the inputs.',
    })
  }
  return { arrival: arrivals.size === 1 ? inputs[0].tie.arrival : 'sometimes', positions }
}

function unitedFields(node: UnionNode, inputs: readonly CheckedNode[]): readonly Field[] {
  const [first] = inputs
  const form = (fields: readonly Field[]): readonly string[] => fields.map((field) => `${field.name} ${field.type}`)
  const asked = form(first.fields)
  for (const input of inputs) {
    const found = form(input.fields)
    if (asked.length === found.length && asked.every((field, i) => field === found[i])) continue
    throw userError(
      'plan/union-fields',
      `Union \`${node.id}\` puts \`${input.node.id}\` (${found.join(', ')}) below \`${first.node.id}\` (${asked.join(', ')}).`,
      { asked, found, do: 'Give all inputs the same columns in the same order, with a project where they differ.' },
    )
  }
  return first.fields.map((field, i) => ({ ...field, nullable: inputs.some((input) => input.fields[i].nullable) }))
}

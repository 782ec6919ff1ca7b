import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import type { CheckedNode, Tie } from './checked-plan.ts'
import type { UnionNode } from './node/union-node.ts'

/** Most rows' positions that unions within each other may tell apart. */
const POSITIONS_MAX = 2 ** 31

/** All rows, each with what it had; of what the inputs differ in, nothing is known. No row of an upsert is ever judged, so none has a stamp. */
export function checkUnion(node: UnionNode, inputs: readonly CheckedNode[]): CheckedNode {
  const [first] = inputs
  const upsert = inputs.some((input) => input.upsert)
  const origins = upsert ? [] : [...new Set(inputs.flatMap((input) => input.origins))]
  const same = <T>(of: (input: CheckedNode) => T): T | undefined =>
    inputs.every((input) => isDeepEqual(of(input), of(first))) ? of(first) : undefined
  return {
    node,
    inputs: node.inputs,
    fields: unitedFields(node, inputs),
    stamped: origins.length > 0,
    origins,
    source: origins.length === 1 && inputs.every((input) => input.source === first.source) ? first.source : undefined,
    immediate: inputs.every((input) => input.immediate),
    tie: unitedTie(node, inputs),
    eventTime: same((input) => input.eventTime),
    partitionedBy: same((input) => input.partitionedBy),
    partitions: unitedPartitions(node, inputs),
    upsert,
    upsertKeys: undefined,
    window: same((input) => input.window),
  }
}

/** Refuses rows of a key that lie in different partitions; where they do not lie by the same columns, an exchange must follow anyway. */
function unitedPartitions(node: UnionNode, inputs: readonly CheckedNode[]): CheckedNode['partitions'] {
  const [first, ...others] = inputs.filter((input) => typeof input.partitions === 'number')
  if (first === undefined) return inputs[0].partitions
  const other = others.find((input) => input.partitions !== first.partitions && isDeepEqual(input.partitionedBy, first.partitionedBy))
  if (other === undefined) return first.partitions
  throw userError(
    'plan/partition-counts',
    `Union \`${node.id}\` finds rows of \`${first.node.id}\` in ${first.partitions} partitions and those of \`${other.node.id}\` in ${other.partitions}.`,
    { asked: first.partitions, found: other.partitions, do: 'Give both exchanges the same `partitions`.' },
  )
}

function isDeepEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
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

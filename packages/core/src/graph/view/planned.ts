import { userError } from '../../error/index.ts'
import { checkPlan } from '../../plan/check-plan.ts'
import type { Plan, PlanSource } from '../../plan/plan.ts'
import { viewColumns } from '../joined-asset.ts'
import type { AnyRelation, Columns } from '../relation.ts'
import type { StreamAsset } from '../stream-asset.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'

/** Nodes that other assets stand for, or that need a function of the project. */
const OTHERS: Readonly<Record<string, string>> = { map: '`map(…)`', score: '`model(…)`', sink: '`sink(…)`' }

/**
 * Declares a view by a plan, where one is at hand. Streams stand for the plan's sources of their names; what these say of keys and lateness is
 * left to the streams.
 *
 * @throws user `project/plan-source` where a source has no stream with its columns, `project/plan-node` for map, score and sink; what `checkPlan` throws
 * @example
 * const perDay = planned('per_day', [bid], JSON.parse(readFileSync('per-day.json', 'utf8')))
 */
export function planned(name: string, inputs: readonly StreamAsset[], plan: Plan, options: CommonViewOptions = {}): ViewAsset<Columns> {
  const { nodes, output } = checkPlan(plan)
  const streams = plan.sources.map((source) => streamOf(source, name, inputs))
  const other = nodes.find(({ node }) => OTHERS[node.kind] !== undefined)
  if (other !== undefined)
    throw userError('project/plan-node', `The plan of view \`${name}\` has a node of kind ${other.node.kind}, \`${other.node.id}\`.`, {
      asked: other.node.kind,
      do: `Declare it with ${OTHERS[other.node.kind]}, and the view of what is before it.`,
    })
  return viewAsset(name, {
    inputs: streams as readonly AnyRelation[],
    operation: { kind: 'plan', nodes: nodes.map(({ node }) => node), output: output.node.id },
    columns: output.fields,
    options,
  })
}

function streamOf({ name, fields }: PlanSource, view: string, inputs: readonly StreamAsset[]): StreamAsset {
  const stream = inputs.find((input) => input.name === name)
  const columns = (of: readonly { readonly name: string; readonly type: string }[]): string[] => of.map((one) => `${one.name} ${one.type}`)
  const found = stream === undefined ? undefined : columns(viewColumns(stream))
  if (stream !== undefined && found?.join() === columns(fields).join()) return stream
  throw userError(
    'project/plan-source',
    `The plan of view \`${view}\` reads \`${name}\`, for which ${stream === undefined ? 'it is given no stream' : 'its stream has other columns'}.`,
    {
      asked: columns(fields),
      found: found ?? inputs.map((input) => input.name),
      do: 'Give it a stream of this name with the same columns, in the same order.',
    },
  )
}

import {
  type CheckedNode,
  type CheckedPlan,
  type LateEntry,
  type PlanNode,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type PlanSource,
  type ScoreNode,
  type StampedRow,
  userError,
} from '@millrace/core'
import { type Datum, valueOf } from './datum.ts'
import { exchange } from './exchange.ts'
import { filter } from './filter.ts'
import { join } from './join.ts'
import { project } from './project.ts'
import type { Row } from './row.ts'
import { scan } from './scan.ts'
import { windowAggregate } from './window-aggregate.ts'

/**
 * The specification as a runner: each node that the output needs is computed whole, from the nodes it reads, in plain loops over
 * rows. Batch size and worker count mean nothing here, as they may change nothing anywhere.
 */
export const referenceRunner: PlanRunner = {
  engine: 'reference',
  run: async (plan, rows, options) => runReference(plan, rows, options),
}

/** The same, at once. */
export function runReference(plan: CheckedPlan, records: readonly StampedRow[], options: Pick<PlanRunOptions, 'mode'>): PlanResult {
  const late: LateEntry[] = []
  const rowsOf = new Map<string, readonly Row[]>()
  for (const checked of neededNodes(plan)) {
    const result = runNode(checked, { plan, records, mode: options.mode, rowsOf })
    rowsOf.set(checked.node.id, result.rows)
    for (const entry of result.late ?? []) late.push(entry)
  }
  const { fields, node } = plan.output
  const rows = (rowsOf.get(node.id) as readonly Row[]).map((row) => fields.map((field) => valueOf(row.columns.get(field.name) as Datum)))
  return { columns: fields, rows, late }
}

interface Run {
  readonly plan: CheckedPlan
  readonly records: readonly StampedRow[]
  readonly mode: PlanRunOptions['mode']
  /** Rows of the nodes that were computed before, by id. */
  readonly rowsOf: ReadonlyMap<string, readonly Row[]>
}

function runNode(checked: CheckedNode, run: Run): { readonly rows: readonly Row[]; readonly late?: readonly LateEntry[] } {
  const { node } = checked
  if (node.kind === 'scan') return { rows: scan(run.plan.sources.get(node.source) as PlanSource, run.records) }
  const [input, other] = checked.inputs.map((id) => run.plan.byId.get(id) as CheckedNode)
  const rows = run.rowsOf.get(input.node.id) as readonly Row[]
  const types = new Map(input.fields.map((field) => [field.name, field.type]))
  switch (node.kind) {
    case 'filter':
      return { rows: filter(node, rows, types) }
    case 'project':
      return { rows: project(node, rows, types) }
    case 'exchange':
      return { rows: exchange(rows) }
    case 'window-aggregate':
      return windowAggregate(node, rows, { mode: run.mode, types })
    case 'join': {
      const right = run.rowsOf.get(other.node.id) as readonly Row[]
      if (node.type !== 'interval') throw notYet(node)
      return join(node, { left: rows, right, rightNames: other.fields.map((field) => field.name) }, run.mode)
    }
    case 'score':
      throw noScores(node)
    default:
      throw notYet(node)
  }
}

/** The nodes that the output reads, inputs first; each is computed once, however many read it. */
function neededNodes(plan: CheckedPlan): readonly CheckedNode[] {
  const needed = new Set([plan.output.node.id])
  for (const { node, inputs } of plan.nodes.toReversed()) if (needed.has(node.id)) for (const id of inputs) needed.add(id)
  return plan.nodes.filter(({ node }) => needed.has(node.id))
}

function notYet({ id, kind }: PlanNode): Error {
  return userError('engine/unsupported', `The reference does not run ${kind} yet (node \`${id}\`).`, {
    asked: kind,
    do: 'Leave the node out.',
    details: { engine: 'reference', operation: `node ${kind}`, engines_that_can: [] },
  })
}

function noScores(node: ScoreNode): Error {
  return userError('engine/unsupported', `The reference has no models, so it cannot run score \`${node.id}\`.`, {
    asked: node.model,
    do: 'Run the plan that ends before the score.',
    details: { engine: 'reference', operation: 'node score', engines_that_can: [] },
  })
}

import {
  type CheckedNode,
  type CheckedPlan,
  type JoinNode,
  type LateEntry,
  type MapDeadLetter,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type PlanSource,
  type ScoreNode,
  type StampedRow,
  userError,
} from '@millrace/core'
import { asOfJoin } from './as-of-join.ts'
import { type Datum, valueOf } from './datum.ts'
import { dedupe } from './dedupe.ts'
import { exchange } from './exchange.ts'
import { filter } from './filter.ts'
import { intervalJoin } from './interval-join.ts'
import { latest } from './latest.ts'
import { lookupJoin } from './lookup-join.ts'
import { map } from './map.ts'
import { overAggregate } from './over-aggregate.ts'
import { project } from './project.ts'
import type { Row } from './row.ts'
import { scan } from './scan.ts'
import { topN } from './top-n.ts'
import { union } from './union.ts'
import { windowAggregate } from './window-aggregate.ts'

/**
 * The specification as a runner: each node that the output needs is computed whole, from the nodes it reads, in plain loops over
 * rows. Batch size and worker count mean nothing here, as they may change nothing anywhere.
 */
export const referenceRunner: PlanRunner = {
  engine: 'reference',
  run: async (plan, rows, options) => runReference(plan, rows, options),
}

/** What matters of the options to the specification. */
export type ReferenceOptions = Pick<PlanRunOptions, 'mode' | 'functions'>

/** The same, at once. */
export function runReference(plan: CheckedPlan, records: readonly StampedRow[], options: ReferenceOptions): PlanResult {
  const { fields, node } = plan.output
  const { rowsOf, late, dead } = runNodes(plan, node.id, { records, ...options })
  const rows = (rowsOf.get(node.id) as readonly Row[]).map((row) => fields.map((field) => valueOf(row.columns.get(field.name) as Datum)))
  return { columns: fields, rows, late, dead }
}

interface Given extends ReferenceOptions {
  readonly records: readonly StampedRow[]
}

interface Run extends Given {
  readonly plan: CheckedPlan
  /** Rows of the nodes that were computed before, by id. */
  readonly rowsOf: ReadonlyMap<string, readonly Row[]>
}

interface NodeResult {
  readonly rows: readonly Row[]
  readonly late?: readonly LateEntry[]
  readonly dead?: readonly MapDeadLetter[]
}

interface NodesResult {
  readonly rowsOf: Run['rowsOf']
  readonly late: LateEntry[]
  readonly dead: MapDeadLetter[]
}

/** A node and all that it reads, over the given records. */
function runNodes(plan: CheckedPlan, output: string, given: Given): NodesResult {
  const late: LateEntry[] = []
  const dead: MapDeadLetter[] = []
  const rowsOf = new Map<string, readonly Row[]>()
  for (const checked of neededNodes(plan, output)) {
    const result = runNode(checked, { ...given, plan, rowsOf })
    rowsOf.set(checked.node.id, result.rows)
    for (const entry of result.late ?? []) late.push(entry)
    for (const letter of result.dead ?? []) dead.push(letter)
  }
  return { rowsOf, late, dead }
}

function runNode(checked: CheckedNode, run: Run): NodeResult {
  const { node } = checked
  if (node.kind === 'scan') return { rows: scan(run.plan.sources.get(node.source) as PlanSource, run.records) }
  const [input] = checked.inputs.map((id) => run.plan.byId.get(id) as CheckedNode)
  const [rows, ...others] = checked.inputs.map((id) => run.rowsOf.get(id) as readonly Row[])
  const options = { mode: run.mode, types: new Map(input.fields.map((field) => [field.name, field.type])) }
  switch (node.kind) {
    case 'filter':
      return { rows: filter(node, rows, options.types) }
    case 'project':
      return { rows: project(node, rows, options.types) }
    case 'map':
      return map(node, rows, { types: options.types, functions: run.functions })
    case 'exchange':
      return { rows: exchange(rows) }
    case 'window-aggregate':
      return windowAggregate(node, rows, options)
    case 'over-aggregate':
      return overAggregate(node, rows, options)
    case 'join':
      return runJoin(node, run)
    case 'dedupe':
      return dedupe(node, rows, run.mode)
    case 'latest':
      return { rows: latest(node, rows) }
    case 'union':
      return { rows: union([rows, ...others], checked.tie.positions) }
    case 'top-n':
      return { rows: topN(node, rows) }
    case 'sink':
      return { rows }
    case 'score':
      throw noScores(node)
  }
}

function runJoin(node: JoinNode, run: Run): NodeResult {
  const rightNames = (run.plan.byId.get(node.right) as CheckedNode).fields.map((field) => field.name)
  const left = run.rowsOf.get(node.left) as readonly Row[]
  const sides = { left, right: run.rowsOf.get(node.right) as readonly Row[], rightNames }
  if (node.type === 'interval') return intervalJoin(node, sides, run.mode)
  if (node.type === 'as-of') return asOfJoin(node, sides, run.mode)
  const rightBefore = (arrival: number): readonly Row[] => {
    const records = run.records.filter((record) => record.arrival < arrival)
    return runNodes(run.plan, node.right, { records, mode: run.mode, functions: run.functions }).rowsOf.get(node.right) as readonly Row[]
  }
  return { rows: lookupJoin(node, { left, rightBefore, rightNames }) }
}

/** The nodes that the output reads, inputs first; each is computed once, however many read it. */
function neededNodes(plan: CheckedPlan, output: string): readonly CheckedNode[] {
  const needed = new Set([output])
  for (const { node, inputs } of plan.nodes.toReversed()) if (needed.has(node.id)) for (const id of inputs) needed.add(id)
  return plan.nodes.filter(({ node }) => needed.has(node.id))
}

function noScores(node: ScoreNode): Error {
  return userError('engine/unsupported', `The reference has no models, so it cannot run score \`${node.id}\`.`, {
    asked: node.model,
    do: 'Run the plan that ends before the score.',
    details: { engine: 'reference', operation: 'node score', engines_that_can: [] },
  })
}

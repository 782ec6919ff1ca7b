import {
  type CheckedPlan,
  checkPlan,
  type JoinNode,
  type Plan,
  type PlanNode,
  type PlanRunner,
  type PlanRunOptions,
  type StampedRow,
  type Window,
} from '@millrace/core'

/** A way to make a right engine wrong, as an engine could be wrong about one node. */
export interface PlantedBug {
  readonly node: PlanNode['kind']
  /** The kind of join or window, where the bug needs that one; `early`: windows with early results. */
  readonly kind?: JoinNode['type'] | Window['kind'] | 'early'
  /** What the engine does wrong. */
  readonly name: string
  readonly plant: (runner: PlanRunner) => PlanRunner
}

type NodeOf<K extends PlanNode['kind']> = Extract<PlanNode, { kind: K }>

/** The engine is given another plan than was asked. */
export function inPlan(change: (plan: Plan) => Plan): PlantedBug['plant'] {
  return (runner) => ({
    ...runner,
    run: (plan, rows, options) => runner.run(validOr(plan, { ...change(plan.plan), hash: undefined }), rows, options),
  })
}

/** A change that makes no valid plan is not made: what the checker refuses is no way to be wrong unseen. */
function validOr(plan: CheckedPlan, changed: Plan): CheckedPlan {
  try {
    return checkPlan(changed)
  } catch {
    return plan
  }
}

/** The engine is wrong about plans of one kind only. */
export function whenPlan(applies: (plan: CheckedPlan) => boolean, plant: PlantedBug['plant']): PlantedBug['plant'] {
  return (runner) => {
    const spoiled = plant(runner)
    return { ...runner, run: (plan, rows, options) => (applies(plan) ? spoiled : runner).run(plan, rows, options) }
  }
}

/** The engine sees one kind of node changed. */
export function inNode<K extends PlanNode['kind']>(kind: K, change: (node: NodeOf<K>, plan: Plan) => PlanNode): PlantedBug['plant'] {
  return inPlan((plan) => ({ ...plan, nodes: plan.nodes.map((node) => (node.kind === kind ? change(node as NodeOf<K>, plan) : node)) }))
}

/** The engine sees joins of one type changed. */
export function inJoin<T extends JoinNode['type']>(
  type: T,
  change: (node: Extract<JoinNode, { type: T }>) => JoinNode,
): PlantedBug['plant'] {
  return inNode('join', (node) => (node.type === type ? change(node as Extract<JoinNode, { type: T }>) : node))
}

/** The engine calls other functions. */
export function inFunctions(
  change: (call: (row: Row) => unknown, columns: readonly string[]) => (row: Row) => unknown,
): PlantedBug['plant'] {
  return (runner) => ({
    ...runner,
    run: (plan, rows, options) => {
      const columns = plan.nodes.flatMap(({ node }) => (node.kind === 'map' ? node.columns.map(({ name }) => name) : []))
      const functions = new Map(
        [...(options.functions ?? [])].map(([name, { call, hash }]) => [
          name,
          { hash, call: change(call as (row: Row) => unknown, columns) },
        ]),
      )
      return runner.run(plan, rows, { ...options, functions })
    },
  })
}

type Row = Readonly<Record<string, unknown>>

/** The engine sees other rows. */
export function inRows(
  change: (rows: readonly StampedRow[], options: PlanRunOptions, plan: CheckedPlan) => readonly StampedRow[],
): PlantedBug['plant'] {
  return (runner) => ({ ...runner, run: (plan, rows, options) => runner.run(plan, change(rows, options, plan), options) })
}

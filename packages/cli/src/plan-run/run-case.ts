import { type CheckedNode, type CheckedPlan, checkPlan, type PlanRunner, type PlanRunOptions, type StampedRow } from '@millrace/core'
import { referenceRunner } from '@millrace/reference'
import type { PlanCase } from './plan-case.ts'
import { type PlanRunDocument, planRunDocument } from './result-document.ts'
import { stampedInput } from './stamped-input.ts'

/** Runs one plan over its input and makes the document. */
export async function runCase(runner: PlanRunner, { plan, lines }: PlanCase, options: PlanRunOptions): Promise<PlanRunDocument> {
  const started = performance.now()
  const { rows, deadLetters } = stampedInput(plan, lines, runner.engine === 'reference' ? 'reference' : 'ingest')
  const result = await runner.run(plan, rows, options)
  const rowsIn = await countRowsIn(plan, rows, options.mode)
  return planRunDocument({
    engine: runner.engine,
    mode: options.mode,
    plan,
    result,
    deadLetters,
    rowsIn,
    seconds: Math.round(performance.now() - started) / 1000,
  })
}

/** Rows that reach the plan's first time operator; all rows where there is none. Counted by the specification itself. */
export async function countRowsIn(plan: CheckedPlan, rows: readonly StampedRow[], mode: 'as_served' | 'exact'): Promise<number> {
  const before = inputOfFirstWindow(plan)
  return before === undefined ? rows.length : (await referenceRunner.run(before, rows, { mode })).rows.length
}

/** The plan up to what reaches its first time operator; undefined when it is a bare scan or there is none. */
function inputOfFirstWindow(plan: CheckedPlan): CheckedPlan | undefined {
  let node: CheckedNode = plan.output
  let window: CheckedNode | undefined
  while (node.inputs.length > 0) {
    if (node.node.kind === 'window-aggregate') window = node
    node = plan.byId.get(node.inputs[0]) as CheckedNode
  }
  if (window === undefined) return undefined
  const input = plan.byId.get(window.inputs[0]) as CheckedNode
  if (input.inputs.length === 0) return undefined
  const { hash: _, ...rest } = plan.plan
  return checkPlan({
    ...rest,
    nodes: plan.nodes.map((one) => one.node).filter((one) => reaches(plan, input, one.id)),
    output: input.node.id,
  })
}

function reaches(plan: CheckedPlan, from: CheckedNode, id: string): boolean {
  return from.node.id === id || from.inputs.some((input) => reaches(plan, plan.byId.get(input) as CheckedNode, id))
}

import {
  type CheckedNode,
  type CheckedPlan,
  checkPlan,
  type LateEntry,
  type PlanRunner,
  type PlanRunOptions,
  type StampedRow,
} from '@millrace/core'
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
    refused: refusedRows(plan, result.late),
    seconds: Math.round(performance.now() - started) / 1000,
  })
}

/** Rows that reach the plan's first time operator from its left; all rows of the source where there is none. Counted by the specification itself. */
export async function countRowsIn(plan: CheckedPlan, rows: readonly StampedRow[], mode: 'as_served' | 'exact'): Promise<number> {
  const operator = firstTimeOperator(plan)
  const input = operator === undefined ? plan.output : (plan.byId.get(operator.inputs[0]) as CheckedNode)
  if (operator === undefined || input.inputs.length === 0) return rows.filter((row) => row.source === scanBelow(plan, input)).length
  return (await referenceRunner.run(planUpTo(plan, input), rows, { mode })).rows.length
}

/** How many rows from its left the first time operator refused altogether. */
export function refusedRows(plan: CheckedPlan, late: readonly LateEntry[]): number {
  const operator = firstTimeOperator(plan)
  if (operator === undefined) return 0
  const source = scanBelow(plan, operator)
  return late.filter((entry) => entry.late === 'all' && entry.node === operator.node.id && entry.source === source).length
}

/** Along left inputs: the time operator nearest the source. */
function firstTimeOperator(plan: CheckedPlan): CheckedNode | undefined {
  let found: CheckedNode | undefined
  for (let checked: CheckedNode | undefined = plan.output; checked !== undefined; checked = plan.byId.get(checked.inputs[0])) {
    if (checked.node.kind === 'window-aggregate' || checked.node.kind === 'join') found = checked
  }
  return found
}

/** The source along left inputs. */
function scanBelow(plan: CheckedPlan, from: CheckedNode): string | undefined {
  let checked = from
  while (checked.inputs.length > 0) checked = plan.byId.get(checked.inputs[0]) as CheckedNode
  return checked.node.kind === 'scan' ? checked.node.source : undefined
}

function planUpTo(plan: CheckedPlan, output: CheckedNode): CheckedPlan {
  const { hash: _, ...rest } = plan.plan
  return checkPlan({
    ...rest,
    nodes: plan.nodes.map((one) => one.node).filter((one) => reaches(plan, output, one.id)),
    output: output.node.id,
  })
}

function reaches(plan: CheckedPlan, from: CheckedNode, id: string): boolean {
  return from.node.id === id || from.inputs.some((input) => reaches(plan, plan.byId.get(input) as CheckedNode, id))
}

import {
  type CheckedNode,
  type CheckedPlan,
  checkPlan,
  type LateEntry,
  type PlanNode,
  type PlanResult,
  type PlanRunner,
  type PlanRunOptions,
  type RowChange,
  type StampedRow,
} from '@millrace/core'
import { referenceRunner } from '@millrace/reference'
import type { PlanCase } from './plan-case.ts'
import { type PlanRunDocument, planRunDocument, rowObject } from './result-document.ts'
import { stampedInput } from './stamped-input.ts'

export interface PlanRun {
  readonly document: PlanRunDocument
  /** What was said of rows, in the order of emission. */
  readonly changelog: readonly { readonly op: RowChange['op']; readonly row: Readonly<Record<string, unknown>> }[]
}

/** Runs one plan over its input and makes the document. */
export async function runCase(runner: PlanRunner, { plan, lines }: PlanCase, options: PlanRunOptions): Promise<PlanRun> {
  const started = performance.now()
  const { rows, deadLetters } = stampedInput(plan, lines, runner.engine === 'reference' ? 'reference' : 'ingest')
  const result = await runner.run(plan, rows, options)
  const rowsIn = await countRowsIn(plan, rows, { ...options, dead: result.dead })
  const document = planRunDocument({
    engine: runner.engine,
    mode: options.mode,
    plan,
    result,
    deadLetters,
    rowsIn,
    refused: refusedRows(plan, result.late),
    deadInFront: deadInFront(plan, result.dead),
    seconds: Math.round(performance.now() - started) / 1000,
  })
  const changes = result.changes ?? result.rows.map((values): RowChange => ({ op: '+I', values }))
  return { document, changelog: changes.map(({ op, values }) => ({ op, row: rowObject(result.columns, values) })) }
}

interface CountOptions extends Pick<PlanRunOptions, 'mode' | 'functions'> {
  readonly dead: PlanResult['dead']
}

/** How many rows maps refused in front of the first time operator, along its left input; of the plan where there is none. */
export function deadInFront(plan: CheckedPlan, dead: PlanResult['dead'] = []): number {
  const operator = firstTimeOperator(plan)
  const nodes = nodesInFront(plan, operator === undefined ? plan.output : (plan.byId.get(operator.inputs[0]) as CheckedNode))
  return dead.filter(({ node }) => nodes.has(node)).length
}

/** A node and those along left inputs, and all inputs of unions. */
function nodesInFront(plan: CheckedPlan, { node, inputs }: CheckedNode): ReadonlySet<string> {
  const before = node.kind === 'union' ? inputs : inputs.slice(0, 1)
  return new Set([node.id, ...before.flatMap((id) => [...nodesInFront(plan, plan.byId.get(id) as CheckedNode)])])
}

/** Rows that reach the plan's first time operator from its left; all rows of the sources where there is none. Counted by the specification itself. */
export async function countRowsIn(plan: CheckedPlan, rows: readonly StampedRow[], options: CountOptions): Promise<number> {
  const operator = firstTimeOperator(plan)
  const input = operator === undefined ? plan.output : (plan.byId.get(operator.inputs[0]) as CheckedNode)
  if (operator === undefined || input.inputs.length === 0) {
    const sources = sourcesBelow(plan, input)
    return rows.filter((row) => sources.has(row.source)).length
  }
  const { mode, functions, dead } = options
  const reached = await referenceRunner.run(planUpTo(plan, input), rows, { mode, functions })
  return reached.rows.length + deadInFront(plan, dead)
}

/** How many rows from its left the first time operator refused altogether. */
export function refusedRows(plan: CheckedPlan, late: readonly LateEntry[]): number {
  const operator = firstTimeOperator(plan)
  if (operator === undefined) return 0
  const sources = new Set(plan.byId.get(operator.inputs[0])?.origins.map((source) => source.name))
  return late.filter((entry) => entry.late === 'all' && entry.node === operator.node.id && sources.has(entry.source)).length
}

/** Along left inputs: the operator nearest the source that gathers rows by key and, mostly, by time. */
function firstTimeOperator(plan: CheckedPlan): CheckedNode | undefined {
  let found: CheckedNode | undefined
  for (let checked: CheckedNode | undefined = plan.output; checked !== undefined; checked = plan.byId.get(checked.inputs[0])) {
    const { node } = checked
    const isLookup = node.kind === 'join' && node.type === 'lookup'
    if (OPERATORS.includes(node.kind) && !isLookup) found = checked
  }
  return found
}

const OPERATORS: readonly PlanNode['kind'][] = ['window-aggregate', 'over-aggregate', 'join', 'dedupe']

/** The sources along left inputs and all inputs of unions. */
function sourcesBelow(plan: CheckedPlan, { node, inputs }: CheckedNode): ReadonlySet<string> {
  if (node.kind === 'scan') return new Set([node.source])
  const below = node.kind === 'union' ? inputs : inputs.slice(0, 1)
  return new Set(below.flatMap((id) => [...sourcesBelow(plan, plan.byId.get(id) as CheckedNode)]))
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

import { type CheckedPlan, canonicalJson } from '@millrace/core'
import { nodesByOperator } from '../lower/lower-plan.ts'
import type { InputPlan, OperatorPlan } from '../operator/physical-plan.ts'
import type { GraphAsset, GraphExchange, GraphOperator, GraphStage, GroupGraph } from '../run/job-graph.ts'
import type { PlanComparison } from './compare-plans.ts'

/** A view of a group before and after a change, lowered and placed in the graphs. */
export interface MovedView {
  readonly name: string
  readonly before: { readonly plan: CheckedPlan; readonly asset: GraphAsset }
  readonly after: { readonly plan: CheckedPlan; readonly asset: GraphAsset }
  readonly nodes: PlanComparison['nodes']
}

/** How the state of a group becomes that of its graph after a change. */
export interface GroupMove {
  readonly before: GroupGraph
  readonly after: GroupGraph
  /** By operator of the new graph: the one of the old whose state it goes on with. */
  readonly operators: ReadonlyMap<number, number>
  /** By stage of the new graph: the one of the old. */
  readonly stages: readonly number[]
  /** By exchange of the new graph: the one of the old. */
  readonly exchanges: readonly number[]
  /** Whether rows that are on their way in exchanges, or held in front of windows, can be read by the new graph. */
  readonly readsUnderWay: boolean
}

/**
 * Finds for everything of a group's new graph what it goes on with of the old one. Where something has no counterpart, or its state another form,
 * `refused` says which views that is about.
 */
export function groupMove(
  graphs: Pick<GroupMove, 'before' | 'after'>,
  views: readonly MovedView[],
): GroupMove | { readonly refused: string } {
  const { before, after } = graphs
  const operators = new Map<number, number>()
  for (const view of views) {
    for (const [next, old] of operatorPairs(view)) {
      const known = operators.get(next)
      if (known !== undefined && known !== old) return refusal(view.name, 'goes on with the state of two operators')
      operators.set(next, old)
    }
  }
  for (const { ordinal, plan, asset } of after.operators) {
    const old = operators.get(ordinal)
    const name = asset ?? views.find((view) => view.after.asset.operators.includes(ordinal))?.name ?? after.name
    if (old === undefined) return refusal(name, `has a ${wordOf(plan)} that had no counterpart`)
    if (!isOneForm(before.operators[old].plan, plan)) return refusal(name, `has a ${wordOf(plan)} that would keep rows in another form`)
  }
  const stages = after.stages.map((stage) => stageBefore(stage, { before, operators }))
  const exchanges = after.exchanges.map((exchange) => exchangeBefore(exchange, { before, operators }))
  if (stages.includes(-1) || exchanges.includes(-1)) return refusal(after.name, 'sends its rows along other ways')
  return { before, after, operators, stages, exchanges, readsUnderWay: readsUnderWay({ before, after, operators, exchanges }) }
}

function refusal(name: string, reason: string): { readonly refused: string } {
  return { refused: name === '' ? reason : `${reason} (\`${name}\`)` }
}

/** Ordinals in the new graph and in the old of what a view goes on with, its end included. */
function operatorPairs({ before, after, nodes }: MovedView): (readonly [number, number])[] {
  const [oldNodes, newNodes] = [nodesByOperator(before.plan), nodesByOperator(after.plan)]
  const pairs = newNodes.flatMap((ids, place): (readonly [number, number])[] => {
    const old = ids.map((id) => nodes.get(id)).find((id) => id !== undefined)
    const oldPlace = old === undefined ? -1 : oldNodes.findIndex((known) => known.includes(old))
    return oldPlace < 0 ? [] : [[after.asset.operators[place], before.asset.operators[oldPlace]]]
  })
  return [...pairs, [after.asset.operators.at(-1) as number, before.asset.operators.at(-1) as number]]
}

function wordOf(plan: OperatorPlan): string {
  return plan.kind === 'rows' ? plan.work.kind : plan.kind
}

/** Whether the pages of one operator are, or can be made, those of the other. */
function isOneForm(old: OperatorPlan, next: OperatorPlan): boolean {
  if (old.kind !== next.kind) return false
  if (old.kind === 'output') return true
  if (old.kind === 'window' && next.kind === 'window') {
    const form = ({ window }: typeof old): unknown => ({ ...window, time: 0, watermark: window.watermark !== null, keys: 0, aggregates: 0 })
    return canonicalJson(form(old)) === canonicalJson(form(next))
  }
  return canonicalJson(keptForm(old)) === canonicalJson(keptForm(next))
}

/** Rows are kept by register: what an operator does, and which registers it reads, must be the same. */
function keptForm(plan: OperatorPlan): unknown {
  const work = plan.kind === 'rows' ? plan.work : plan.kind === 'join' ? plan.join : null
  return { work, inputs: plan.inputs.map(({ columns, judge }) => ({ columns, judge })) }
}

interface Looking {
  readonly before: GroupGraph
  readonly operators: ReadonlyMap<number, number>
}

/** The stage of the old graph that reads the same sources and runs the same operators; −1 where there is none. */
function stageBefore(stage: GraphStage, { before, operators }: Looking): number {
  const olds = stage.operators.map(({ ordinal }) => operators.get(ordinal))
  const found = before.stages.find((old) => {
    const ordinals = old.operators.map(({ ordinal }) => ordinal)
    const isHome = olds.length === 0 ? stage.sources.length > 0 : olds.every((ordinal) => ordinals.includes(ordinal as number))
    return isHome && canonicalJson([...old.sources].sort()) === canonicalJson([...stage.sources].sort())
  })
  return found?.ordinal ?? -1
}

function exchangeBefore({ operator, input }: GraphExchange, { before, operators }: Looking): number {
  return before.exchanges.findIndex((old) => old.operator === operators.get(operator) && old.input === input)
}

function readsUnderWay({ before, after, operators, exchanges }: Omit<GroupMove, 'stages' | 'readsUnderWay'>): boolean {
  if (before.exchanges.length !== after.exchanges.length || exchanges.some((old, ordinal) => old !== ordinal)) return false
  const travels = ({ columns, exchange }: InputPlan): string => canonicalJson({ columns, exchange })
  const isSame = (next: GraphOperator): boolean => {
    const old = before.operators[operators.get(next.ordinal) as number]
    return next.inputs.every((input, place) => travels(input.plan) === travels(old.inputs[place].plan))
  }
  return after.operators.filter(({ plan }) => plan.kind !== 'output').every(isSame)
}

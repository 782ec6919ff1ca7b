import type { CheckedPlan } from '@millrace/core'
import { lowerPlan } from '../lower/lower-plan.ts'
import { type GraphAsset, type GroupGraph, groupGraph, type ViewGroup, viewGroups } from '../run/job-graph.ts'
import { comparePlans, type PlanComparison } from './compare-plans.ts'
import { type GroupMove, groupMove, type MovedView } from './group-move.ts'

/** The views of a job by name, as they are declared. */
export type JobPlans = ReadonlyMap<string, CheckedPlan>

/** What a change of definitions means for one view. */
export interface ViewChange {
  readonly state: 'same' | 'changed' | 'added' | 'removed' | 'refused'
  /** Columns that it gets, and loses. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Why it cannot go on. */
  readonly reasons: readonly string[]
}

/** A group whose state has to be moved, or that begins or ends. */
export interface GroupChange {
  /** Null: it begins. */
  readonly before: GroupGraph | null
  /** Null: all its views are gone. */
  readonly after: GroupGraph | null
  /** Where there are both. */
  readonly move: GroupMove | null
  /** By view: operators of the new graph that are windows with further aggregates, which count from the change on. */
  readonly grown: ReadonlyMap<string, readonly number[]>
}

export interface JobChange {
  readonly views: ReadonlyMap<string, ViewChange>
  readonly groups: readonly GroupChange[]
}

/**
 * Says, before anything is touched, what other definitions of a job's views mean for the state that is there. A pure function of the plans and of
 * the groups that were written down.
 */
export function jobChange(before: JobPlans, after: JobPlans, recorded: ReadonlyMap<string, string>): JobChange {
  const compared = new Map([...after].flatMap(([name, plan]) => comparedTo(name, { before: before.get(name), plan })))
  const views = new Map<string, ViewChange>()
  for (const [name, comparison] of compared)
    views.set(name, changeOf(comparison, before.get(name)?.plan.hash === after.get(name)?.plan.hash))
  for (const name of after.keys()) if (!before.has(name)) views.set(name, { ...NOTHING, state: 'added' })
  for (const name of before.keys()) if (!after.has(name)) views.set(name, { ...NOTHING, state: 'removed' })
  const groups = [...groupsBefore(before, recorded)].flatMap(([from, members]): GroupChange[] => {
    const kept = members.filter((name) => after.has(name))
    if (kept.length === members.length && kept.every((name) => views.get(name)?.state === 'same')) return []
    const old = groupGraph({ name: from, assets: assetsOf(before, members) })
    if (kept.length === 0) return [{ before: old, after: null, move: null, grown: new Map() }]
    const change = groupChange(old, { before, after, kept, compared })
    if (!('refused' in change)) return [change]
    for (const name of kept) views.set(name, refused(views.get(name) ?? NOTHING, change.refused))
    return []
  })
  const added = [...after].filter(([name]) => !before.has(name)).map(([name, plan]) => ({ name, plan: lowerPlan(plan) }))
  const fresh = viewGroups(added, new Map()).map(
    (group): GroupChange => ({ before: null, after: groupGraph(group), move: null, grown: new Map() }),
  )
  return { views, groups: [...groups, ...fresh] }
}

const NOTHING: ViewChange = { state: 'same', added: [], removed: [], reasons: [] }

function comparedTo(
  name: string,
  { before, plan }: { readonly before: CheckedPlan | undefined; readonly plan: CheckedPlan },
): (readonly [string, PlanComparison])[] {
  return before === undefined ? [] : [[name, comparePlans(before, plan)]]
}

function changeOf({ refused: reasons, added, removed }: PlanComparison, isSame: boolean): ViewChange {
  if (isSame) return NOTHING
  return { state: reasons.length > 0 ? 'refused' : 'changed', added, removed, reasons }
}

function refused(change: ViewChange, reason: string): ViewChange {
  return { ...change, state: 'refused', reasons: change.reasons.length > 0 ? change.reasons : [reason] }
}

/** Views that have a state together, by the name of their group. */
function groupsBefore(before: JobPlans, recorded: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy([...before.keys()].sort(), (name) => recorded.get(name) ?? name)
}

function assetsOf(plans: JobPlans, names: readonly string[]): ViewGroup['assets'] {
  return names.map((name) => ({ name, plan: lowerPlan(plans.get(name) as CheckedPlan) }))
}

interface Grouping {
  readonly before: JobPlans
  readonly after: JobPlans
  /** Members of the group that are still there. */
  readonly kept: readonly string[]
  readonly compared: ReadonlyMap<string, PlanComparison>
}

function groupChange(old: GroupGraph, { before, after, kept, compared }: Grouping): GroupChange | { readonly refused: string } {
  if (kept.some((name) => (compared.get(name)?.refused.length ?? 0) > 0))
    return { refused: 'shares its state with a view that cannot go on' }
  const next = groupGraph({ name: kept.includes(old.name) ? old.name : kept[0], assets: assetsOf(after, kept) })
  const assetOf = (graph: GroupGraph, name: string): GraphAsset => graph.assets.find((asset) => asset.name === name) as GraphAsset
  const moved = kept.map(
    (name): MovedView => ({
      name,
      before: { plan: before.get(name) as CheckedPlan, asset: assetOf(old, name) },
      after: { plan: after.get(name) as CheckedPlan, asset: assetOf(next, name) },
      nodes: (compared.get(name) as PlanComparison).nodes,
    }),
  )
  const move = groupMove({ before: old, after: next }, moved)
  if ('refused' in move) return move
  const grown = kept.map((name) => [name, grownWindows(assetOf(next, name), compared.get(name)?.grown)] as const)
  return { before: old, after: next, move, grown: new Map(grown.filter(([, windows]) => windows.length > 0)) }
}

function grownWindows({ plan, operators }: GraphAsset, grown: ReadonlySet<string> | undefined): readonly number[] {
  return plan.operators.flatMap((operator, place) =>
    operator.kind === 'window' && grown?.has(operator.node) === true ? [operators[place]] : [],
  )
}
